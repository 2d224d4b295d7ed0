import { closeSync, openSync, writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import protobuf from "protobufjs";

const proto = protobuf.loadSync(fileURLToPath(new URL("onnx.proto", import.meta.url)));
const Model = proto.lookupType("onnx.ModelProto");

const FLOAT = 1;
const INT64 = 7;
const KINDS = { f: "FLOAT", i: "INT", ints: "INTS" } as const;

/** An attribute of a node: `{ i: 1 }`. */
type Attribute = { f: number } | { i: number } | { ints: number[] };

/** A value that comes in or goes out: the length of each dimension, or its name where it is free. */
export interface ValueInfo {
  name: string;
  type: "float32" | "int64";
  shape: readonly (number | string)[];
}

/**
 * Writes one ONNX file, part by part, so that a large model is never in memory as a whole: a Protocol Buffers message may be cut in pieces
 * that follow each other, and its readers join the lists of all pieces (Encoding, "Last One Wins").
 */
export class OnnxFile {
  readonly #file: number;

  /** @param opset version of the standard operators */
  constructor(path: string, opset: number) {
    this.#file = openSync(path, "wx");
    this.#write({ irVersion: 8, producerName: "ltd-index bench", opsetImport: [{ domain: "", version: opset }] });
  }

  /** Adds a node that gives one value, and returns the value's name. */
  node(opType: string, input: readonly string[], output: string, attributes: Record<string, Attribute> = {}): string {
    const attribute = Object.entries(attributes).map(([name, value]) => ({
      name,
      type: KINDS[Object.keys(value)[0] as keyof typeof KINDS],
      ...value,
    }));
    this.#write({ graph: { node: [{ name: output, opType, input, output: [output], attribute }] } });
    return output;
  }

  /** Adds weights: a float32 tensor. */
  weights(name: string, dims: readonly number[], values: Float32Array): string {
    return this.#tensor(name, dims, FLOAT, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }

  /** Adds a float32 scalar. */
  scalar(name: string, value: number): string {
    return this.weights(name, [], Float32Array.of(value));
  }

  /** Adds a list of int64: axes, a shape. */
  integers(name: string, values: readonly number[]): string {
    return this.#tensor(name, [values.length], INT64, new Uint8Array(BigInt64Array.from(values, BigInt).buffer));
  }

  /** Says what comes in and what goes out, and ends the file. */
  end(input: readonly ValueInfo[], output: readonly ValueInfo[]): void {
    this.#write({ graph: { name: "encoder", input: input.map(typed), output: output.map(typed) } });
    closeSync(this.#file);
  }

  #tensor(name: string, dims: readonly number[], dataType: number, rawData: Uint8Array): string {
    this.#write({ graph: { initializer: [{ name, dims, dataType, rawData }] } });
    return name;
  }

  #write(part: object): void {
    const data = Model.encode(Model.fromObject(part)).finish();
    for (let at = 0; at < data.length;) at += writeSync(this.#file, data, at);
  }
}

function typed({ name, type, shape }: ValueInfo): object {
  const dim = shape.map((length) => (typeof length === "string" ? { dimParam: length } : { dimValue: length }));
  return { name, type: { tensorType: { elemType: type === "int64" ? INT64 : FLOAT, shape: { dim } } } };
}
