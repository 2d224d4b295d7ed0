import { cp, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "../../src/checksum.ts";
import { FLOAT, INT64, initializer, integer, model, node, value } from "../../src/embed/onnx-file.ts";
import { checksumOf, modelFolder, type ModelDescription } from "../../src/embed/model-package.ts";

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
    initializer(name, INT64, [values.length], BigInt64Array.from(values.map(BigInt)));
  const nodes = [
    node("Gather", ["table", "char_ids"], "embedded"),
    node("Unsqueeze", ["weights", "last"], "column"),
    node("Mul", ["embedded", "column"], "weighed"),
    node("ReduceSum", ["weighed", "second"], "summed", integer("keepdims", 0)),
    node("LpNormalization", ["summed"], "embedding", integer("axis", 1)),
  ];
  const initializers = [initializer("table", FLOAT, [rows, dims], table), axes("last", 2), axes("second", 1)];
  const inputs = [
    value("char_ids", INT64, ["B", "L"]),
    value("word_ids", INT64, ["B", "L"]),
    value("weights", FLOAT, ["B", "L"]),
    value("lengths", INT64, ["B"]),
  ];
  return model({ nodes, initializers, inputs, outputs: [value("embedding", FLOAT, ["B", dims])] });
}
