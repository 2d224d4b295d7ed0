import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import * as v from "valibot";
import { createEmbedder, withEmbedder } from "../../embed/embedder.ts";
import { sha256 } from "../../checksum.ts";
import { aboutSchema, checksumOf, loadModel, type ModelDescription } from "../../embed/model-package.ts";
import { LtdError } from "../../errors.ts";
import { readsPieces } from "../../text/tables.ts";
import { readDistillTables } from "./distill-data.ts";

/** Where the parts of a model package are. */
export interface PackModelOptions {
  /** Folder of `writeDistillTables`. */
  tables: string;
  /** The exported ONNX graph. */
  graph: string;
  /**
   * JSON file with everything that people say about a model. Its id, description, licence, thresholds, teacher, data
   * and scores.
   */
  about: string;
  /** Model folder to write. */
  out: string;
}

/** Writes a model package, loads it back and embeds a text with it, so that what is written also works. */
export async function packModel(options: PackModelOptions): Promise<ModelDescription> {
  const about = v.safeParse(aboutSchema, JSON.parse(await readFile(options.about, "utf8")));
  if (!about.success) {
    const problems = about.issues.map((issue) => `${v.getDotPath(issue) ?? "all of it"}: ${issue.message}`);
    throw new LtdError("input", `${options.about} does not describe a model: ${problems.join("; ")}`);
  }
  await mkdir(options.out, { recursive: true });
  const contents = {
    "student.onnx": await readFile(options.graph),
    "chars.txt": await readFile(join(options.tables, "chars.txt")),
    "words.tsv.gz": gzipSync(await readFile(join(options.tables, "words.tsv")), { level: 9 }),
  };
  const files: Record<string, { bytes: number; sha256: string }> = {};
  for (const [name, content] of Object.entries(contents)) {
    await writeFile(join(options.out, name), content);
    files[name] = { bytes: content.length, sha256: sha256(content) };
  }
  const { about: tables, tables: read } = readDistillTables(options.tables);
  const { id, description, licence, dims, thresholds, teacher, data, scores } = about.output;
  const hasPieces = readsPieces(read);
  const model: Omit<ModelDescription, "checksum"> = {
    format: hasPieces ? 2 : 1,
    id,
    description,
    licence,
    dims,
    text: {
      normalization: "nfkc-lower-simplified-1",
      segmentation: hasPieces ? "jieba-mp-pieces-1" : "jieba-mp-1",
      maxChars: tables.maxChars,
      smoothing: tables.smoothing,
      documents: tables.documents,
      embeddedWords: tables.words - 2,
    },
    pooling: "idf-weighted-sum",
    thresholds,
    files: files as ModelDescription["files"],
    teacher,
    data,
    scores,
  };
  const complete: ModelDescription = { ...model, checksum: checksumOf(model) };
  await writeFile(join(options.out, "model.json"), `${JSON.stringify(complete, undefined, 2)}\n`);

  const written = await loadModel(resolve(options.out));
  const { dims: found, data: vector } = await withEmbedder(createEmbedder({ model: written, threads: 1 }), (embedder) =>
    embedder.embed(["怎么退款"]),
  );
  const norm = Math.hypot(...vector);
  if (!(Math.abs(norm - 1) < 1e-3) || found !== dims) {
    throw new LtdError(
      "model",
      `the graph gives a vector of ${found} numbers and length ${norm}, expected ${dims} and 1`,
    );
  }
  return complete;
}
