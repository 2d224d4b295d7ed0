import { cp, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { checksumOf, modelFolder, sha256, type ModelDescription } from "../../src/embed/model-package.ts";

/** Field numbers of ONNX's protocol buffers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3 */
const FLOAT = 1;
const INT64 = 7;

/**
 * Writes a model package that tests can load at once: character embeddings of `dims` numbers by chance (from `seed`), summed with their weights,
 * normalised. It has the words and characters of the bundled model. Two seeds give vectors that mean nothing to each other.
 */
export async function writeTinyModel(folder: string, id: string, dims: number, seed = 1): Promise<void> {
  await mkdir(folder, { recursive: true });
  const from = modelFolder();
  for (const name of ["chars.txt", "words.tsv.gz"]) await cp(join(from, name), join(folder, name));
  const { checksum: _, ...bundled } = JSON.parse(await readFile(join(from, "model.json"), "utf8")) as ModelDescription;
  const characters = (await readFile(join(from, "chars.txt"), "utf8")).split("\n").length;
  const graph = graphOf(characters + 2, dims, seed);
  await writeFile(join(folder, "student.onnx"), graph);
  const student = { bytes: (await stat(join(folder, "student.onnx"))).size, sha256: sha256(graph) };
  const description = { ...bundled, id, dims, files: { ...bundled.files, "student.onnx": student } };
  await writeFile(join(folder, "model.json"), JSON.stringify({ ...description, checksum: checksumOf(description) }));
}

function graphOf(rows: number, dims: number, seed: number): Uint8Array {
  const table = new Float32Array(rows * dims);
  let state = seed;
  for (let at = 0; at < table.length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    table[at] = state / 2 ** 31;
  }
  const axes = (name: string, ...values: number[]) =>
    tensor(name, INT64, [values.length], BigInt64Array.from(values.map(BigInt)));
  const nodes = [
    node("Gather", ["table", "char_ids"], "embedded"),
    node("Unsqueeze", ["weights", "last"], "column"),
    node("Mul", ["embedded", "column"], "weighed"),
    node("ReduceSum", ["weighed", "second"], "summed", integer("keepdims", 0)),
    node("LpNormalization", ["summed"], "embedding", integer("axis", 1)),
  ];
  const initializers = [tensor("table", FLOAT, [rows, dims], table), axes("last", 2), axes("second", 1)];
  const inputs = [
    value("char_ids", INT64, ["B", "L"]),
    value("word_ids", INT64, ["B", "L"]),
    value("weights", FLOAT, ["B", "L"]),
    value("lengths", INT64, ["B"]),
  ];
  const graph = [
    ...nodes.map((each) => bytes(1, each)),
    bytes(2, text("tiny")),
    ...initializers.map((each) => bytes(5, each)),
    ...inputs.map((each) => bytes(11, each)),
    bytes(12, value("embedding", FLOAT, ["B", dims])),
  ];
  return Buffer.concat([number(1, 8), bytes(7, Buffer.concat(graph)), bytes(8, number(2, 13))]);
}

function node(type: string, inputs: string[], output: string, ...attributes: Buffer[]): Buffer {
  const parts = [...inputs.map((each) => bytes(1, text(each))), bytes(2, text(output)), bytes(4, text(type))];
  return Buffer.concat([...parts, ...attributes.map((each) => bytes(5, each))]);
}

function integer(name: string, given: number): Buffer {
  return Buffer.concat([bytes(1, text(name)), number(3, given), number(20, 2)]);
}

function tensor(name: string, type: number, dims: number[], data: Float32Array | BigInt64Array): Buffer {
  const raw = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return Buffer.concat([...dims.map((each) => number(1, each)), number(2, type), bytes(8, text(name)), bytes(9, raw)]);
}

function value(name: string, type: number, shape: (string | number)[]): Buffer {
  const dims = shape.map((each) => bytes(1, typeof each === "string" ? bytes(2, text(each)) : number(1, each)));
  const tensorType = Buffer.concat([number(1, type), bytes(2, Buffer.concat(dims))]);
  return Buffer.concat([bytes(1, text(name)), bytes(2, bytes(1, tensorType))]);
}

const text = (given: string): Buffer => Buffer.from(given);
const number = (field: number, given: number): Buffer => Buffer.from([...varint(field << 3), ...varint(given)]);
const bytes = (field: number, given: Buffer): Buffer =>
  Buffer.concat([Buffer.from([...varint((field << 3) | 2), ...varint(given.length)]), given]);

function varint(given: number): number[] {
  return given < 128 ? [given] : [(given & 127) | 128, ...varint(Math.floor(given / 128))];
}
