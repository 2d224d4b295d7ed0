/** A constant of an ONNX graph. */
export interface OnnxTensor {
  readonly dims: readonly number[];
  /** `TensorProto.DataType`. */
  readonly type: number;
  /** Little-endian, as the file has it: a view of the file, at any address. */
  readonly data: Uint8Array;
}

/** The bytes of a constant at an address that suits numbers of any width: a copy. */
export function alignedBytes({ data }: OnnxTensor): ArrayBuffer {
  return new Uint8Array(data).buffer;
}

/** The bytes of a constant as signed integers: a view. */
export function signedBytes({ data }: OnnxTensor): Int8Array {
  return new Int8Array(data.buffer, data.byteOffset, data.length);
}

/** The constants of what `tune` puts behind a student: D x R and R x D. */
export const ADAPTER = ["adapter_down", "adapter_up"] as const;

/** Field numbers of ONNX's protocol buffers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3 */
const GRAPH = 7;
const INITIALIZER = 5;
const [DIMS, TYPE, NAME, RAW_DATA] = [1, 2, 8, 9] as const;

/** The constants of an ONNX model by name. Only those written as raw data, as distill/export.py does. */
export function readTensors(model: Uint8Array): Map<string, OnnxTensor> {
  const tensors = new Map<string, OnnxTensor>();
  for (const graph of fields(model)) {
    if (graph.field !== GRAPH) continue;
    for (const initializer of fields(graph.bytes)) {
      if (initializer.field !== INITIALIZER) continue;
      let name = "";
      let type = 0;
      let data: Uint8Array = nothing;
      const dims: number[] = [];
      for (const { field, bytes, number } of fields(initializer.bytes)) {
        if (field === NAME) name = new TextDecoder().decode(bytes);
        else if (field === TYPE) type = number;
        else if (field === RAW_DATA) data = bytes;
        else if (field === DIMS && bytes.length === 0) dims.push(number);
        else if (field === DIMS) dims.push(...varints(bytes));
      }
      tensors.set(name, { dims, type, data });
    }
  }
  return tensors;
}

/** A field of a message: its bytes, or its number. */
interface Field {
  readonly field: number;
  readonly bytes: Uint8Array;
  readonly number: number;
  /** All of it, as the message has it. */
  readonly raw: Uint8Array;
}

const nothing = new Uint8Array();

/**
 * The fields of a Protocol Buffers message, in the file's order (Encoding, "Message Structure"). Throws a RangeError
 * for what is none.
 */
export function* fields(message: Uint8Array): Generator<Field> {
  const reader = { at: 0 };
  while (reader.at < message.length) {
    const start = reader.at;
    const tag = varint(message, reader);
    const [field, wireType] = [Math.floor(tag / 8), tag % 8];
    if (wireType === 0) {
      const number = varint(message, reader);
      yield { field, bytes: nothing, number, raw: message.subarray(start, reader.at) };
      continue;
    }
    const length = wireType === 2 ? varint(message, reader) : wireType === 1 ? 8 : wireType === 5 ? 4 : Number.NaN;
    const bytes = message.subarray(reader.at, reader.at + length);
    if (bytes.length !== length)
      throw new RangeError(`this is no ONNX file: a field of wire type ${wireType} is cut off`);
    reader.at += length;
    yield { field, bytes, number: 0, raw: message.subarray(start, reader.at) };
  }
}

function* varints(bytes: Uint8Array): Generator<number> {
  const reader = { at: 0 };
  while (reader.at < bytes.length) yield varint(bytes, reader);
}

/** Below 2^53; a negative number comes out as a large one. */
function varint(bytes: Uint8Array, reader: { at: number }): number {
  let value = 0;
  for (let factor = 1; reader.at < bytes.length; factor *= 128) {
    const byte = bytes[reader.at++]!;
    value += (byte & 127) * factor;
    if (byte < 128) return value;
  }
  throw new RangeError("this is no ONNX file: a number is cut off");
}
