import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createEmbedder, withEmbedder } from "../../embed/embedder.ts";
import { LtdError } from "../../errors.ts";
import { rowOf, type Matrix } from "../../vector/matrix.ts";
import { parseNpy } from "../../vector/npy.ts";

/** What {@link checkParity} compares. */
export interface ParityOptions {
  /** Model folder, or the id of a bundled model. */
  model: string;
  /** The texts that the trainer's inputs were written from, one a line. */
  texts: string;
  /**
   * Folder of distill/export.py. Has `reference.npy` float32 [N, D] and `reference.rows.npy` int64 [N], the lines they
   * belong to.
   */
  reference: string;
}

/** Cosines of the same N texts, at worst and on average. */
export interface ParityResult {
  rows: number;
  /** ONNX Runtime from text, in batches, against PyTorch. */
  worst: number;
  mean: number;
  /** Each text alone against in a batch with others, padded, both by ONNX Runtime. */
  worstAlone: number;
  /** The texts in reverse order and another batch size. */
  worstReordered: number;
  /** Each text alone by the engine of questions, against ONNX Runtime. It is WebAssembly for a student of integers. */
  worstEngine: number;
}

/** Embeds the reference texts from scratch, and compares the vectors with PyTorch's in the trainer. */
export async function checkParity(options: ParityOptions): Promise<ParityResult> {
  const vectors = parseNpy(await readFile(join(options.reference, "reference.npy")), "reference.npy");
  const rows = parseNpy(await readFile(join(options.reference, "reference.rows.npy")), "reference.rows.npy");
  const lines = (await readFile(options.texts, "utf8")).split("\n");
  const texts = Array.from(rows.data as BigInt64Array, (row) => lines[Number(row)] ?? "");
  const [count = 0, dims = 0] = vectors.shape;
  if (count !== texts.length)
    throw new LtdError("input", `reference.npy has ${count} rows, reference.rows.npy ${texts.length}`);
  const reference: Matrix = { rows: count, dims, data: vectors.data as Float32Array };

  const embed = (lines: readonly string[], batchSize = 64) =>
    withEmbedder(createEmbedder({ model: options.model, batchSize, engine: "onnx" }), (embedder) =>
      embedder.embed(lines),
    );
  const batched = await embed(texts);
  const alone = await embed(texts, 1);
  const reordered = await embed(texts.toReversed(), 7);
  const asked = await embedAsQuestions(options.model, texts);
  const cosines = cosinesOf(batched, reference, (row) => row);
  return {
    rows: count,
    worst: Math.min(...cosines),
    mean: cosines.reduce((a, b) => a + b, 0) / cosines.length,
    worstAlone: Math.min(...cosinesOf(batched, alone, (row) => row)),
    worstReordered: Math.min(...cosinesOf(batched, reordered, (row) => count - 1 - row)),
    worstEngine: Math.min(...cosinesOf(batched, asked, (row) => row)),
  };
}

/** One text after the other, each by the engine that questions get. */
async function embedAsQuestions(model: string, texts: readonly string[]): Promise<Matrix> {
  return withEmbedder(createEmbedder({ model }), async (embedder) => {
    const vectors: Float32Array[] = [];
    for (const text of texts) vectors.push((await embedder.embed([text])).data);
    const dims = vectors[0]?.length ?? 0;
    const data = new Float32Array(vectors.length * dims);
    vectors.forEach((vector, row) => data.set(vector, row * dims));
    return { rows: vectors.length, dims, data };
  });
}

/** The cosine of each row of `a` with its row in `b`. */
function cosinesOf(a: Matrix, b: Matrix, rowInB: (row: number) => number): number[] {
  return Array.from({ length: a.rows }, (_, row) => {
    const [x, y] = [rowOf(a, row), rowOf(b, rowInB(row))];
    let dot = 0;
    let xx = 0;
    let yy = 0;
    for (let i = 0; i < x.length; i++) {
      dot += x[i]! * y[i]!;
      xx += x[i]! * x[i]!;
      yy += y[i]! * y[i]!;
    }
    return dot / Math.sqrt(xx * yy);
  });
}
