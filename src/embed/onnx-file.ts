/** Field numbers and types of ONNX's protocol buffers. See https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3 */
export const FLOAT = 1;
export const INT64 = 7;

/** A whole model file of opset 13. */
export function model(parts: {
  nodes: Buffer[];
  initializers?: Buffer[];
  inputs: Buffer[];
  outputs: Buffer[];
}): Buffer {
  const graph = Buffer.concat([
    ...parts.nodes.map((node) => bytes(1, node)),
    bytes(2, text("graph")),
    ...(parts.initializers ?? []).map((each) => bytes(5, each)),
    ...parts.inputs.map((input) => bytes(11, input)),
    ...parts.outputs.map((output) => bytes(12, output)),
  ]);
  return Buffer.concat([number(1, 8), bytes(7, graph), bytes(8, number(2, 13))]);
}

export function node(type: string, inputs: string[], output: string, ...attributes: Buffer[]): Buffer {
  const parts = [...inputs.map((input) => bytes(1, text(input))), bytes(2, text(output)), bytes(4, text(type))];
  return Buffer.concat([...parts, ...attributes.map((attribute) => bytes(5, attribute))]);
}

/** An attribute that is a whole number. */
export function integer(name: string, given: number): Buffer {
  return Buffer.concat([bytes(1, text(name)), number(3, given), number(20, 2)]);
}

/** A tensor of the graph's own. */
export function initializer(name: string, type: number, dims: number[], data: Float32Array | BigInt64Array): Buffer {
  const raw = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return Buffer.concat([...dims.map((dim) => number(1, dim)), number(2, type), bytes(8, text(name)), bytes(9, raw)]);
}

/** An input or output: the length of each dimension, or its name where it is free. */
export function value(name: string, type: number, shape: (string | number)[]): Buffer {
  const dims = shape.map((each) => bytes(1, typeof each === "string" ? bytes(2, text(each)) : number(1, each)));
  const tensorType = Buffer.concat([number(1, type), bytes(2, Buffer.concat(dims))]);
  return Buffer.concat([bytes(1, text(name)), bytes(2, bytes(1, tensorType))]);
}

const text = (given: string): Buffer => Buffer.from(given);
const number = (field: number, given: number): Buffer => Buffer.from([...varint(field << 3), ...varint(given)]);
/** A field that is a text, or a message. */
export const bytes = (field: number, given: Buffer): Buffer =>
  Buffer.concat([Buffer.from([...varint((field << 3) | 2), ...varint(given.length)]), given]);

function varint(given: number): number[] {
  return given < 128 ? [given] : [(given & 127) | 128, ...varint(Math.floor(given / 128))];
}
