import { availableParallelism } from "node:os";
import { LtdError } from "../errors.ts";
import { encode, type StudentInput } from "../text/encode.ts";
import { createMatrix, type Matrix } from "../vector/matrix.ts";
import { padBatch } from "./batch.ts";
import { loadModel, type ModelPackage } from "./model-package.ts";
import { SessionPool } from "./session-pool.ts";

/** Settings of {@link createEmbedder}. */
export interface EmbedderOptions {
  /** A loaded model package, the id of a bundled one, or a folder. Default: the bundled model. */
  model?: ModelPackage | string;
  /** Worker threads, one core each; they start when there is work for them, a single text needs none. At least 1. Default: the cores, 4 at most. */
  threads?: number;
  /** Texts that run through the student together. 1 to 1024, default 64: larger takes more memory and is hardly faster. */
  batchSize?: number;
  /** IDF of words that somebody set otherwise than the model's table. */
  idfOverrides?: ReadonlyMap<string, number>;
}

/** Turns texts into unit vectors with one model. */
export interface Embedder {
  readonly model: ModelPackage;
  /** D. */
  readonly dims: number;
  /** Normalises, segments and weighs a text; undefined for one that has no letter or digit. On the calling thread, some 10 µs. */
  encode(text: string): StudentInput | undefined;
  /**
   * N inputs -> N x D, rows of unit length; the row of an undefined input is NaN. Runs on worker threads; a single one that comes
   * while nothing else runs, on the calling thread.
   *
   * The same input gives the same vector whatever stands beside it, up to float32 rounding (cosine > 0.999999).
   */
  embedInputs(inputs: readonly (StudentInput | undefined)[], options?: { signal?: AbortSignal }): Promise<Matrix>;
  /** N texts -> N x D, as {@link encode} and {@link embedInputs}. */
  embed(texts: readonly string[], options?: { signal?: AbortSignal }): Promise<Matrix>;
  /** Ends the worker threads. */
  close(): Promise<void>;
}

/** Loads and verifies a model and makes an {@link Embedder} of it. Throws an LtdError for a damaged model or a setting out of range. */
export async function createEmbedder(options: EmbedderOptions = {}): Promise<Embedder> {
  const { threads = Math.min(availableParallelism(), 4), batchSize = 64, idfOverrides } = options;
  requireRange("threads", threads, 1, 256);
  requireRange("batchSize", batchSize, 1, 1024);
  const model = typeof options.model === "object" ? options.model : await loadModel(options.model);
  const { dims, text } = model.description;
  const pool = new SessionPool(model.graph, threads);
  const encodeOptions = {
    tables: model.tables,
    smoothing: text.smoothing,
    maxChars: text.maxChars,
    ...(idfOverrides && { idfOverrides }),
  };

  async function embedInputs(inputs: readonly (StudentInput | undefined)[], { signal }: { signal?: AbortSignal } = {}) {
    const matrix = createMatrix(inputs.length, dims);
    const order = [...inputs.keys()].filter((row) => {
      if (inputs[row] === undefined) matrix.data.fill(Number.NaN, row * dims, (row + 1) * dims);
      return inputs[row] !== undefined;
    });
    // Neighbours in length share a batch, so that little is padded.
    order.sort((a, b) => inputs[a]!.charIds.length - inputs[b]!.charIds.length);
    const runs: Promise<void>[] = [];
    for (let start = 0; start < order.length; start += batchSize) {
      signal?.throwIfAborted();
      const rows = order.slice(start, start + batchSize);
      const run = pool.run(padBatch(rows.map((row) => inputs[row]!))).then((vectors) => {
        rows.forEach((row, at) => matrix.data.set(vectors.subarray(at * dims, (at + 1) * dims), row * dims));
      });
      runs.push(run);
      run.catch(() => {}); // reported by Promise.all below
      if (runs.length > threads * 2) await runs[runs.length - 1 - threads * 2];
    }
    await Promise.all(runs);
    signal?.throwIfAborted();
    return matrix;
  }

  return {
    model,
    dims,
    encode: (textToEncode) => encode(textToEncode, encodeOptions),
    embedInputs,
    embed: (texts, embedOptions) =>
      embedInputs(
        texts.map((each) => encode(each, encodeOptions)),
        embedOptions,
      ),
    close: () => pool.close(),
  };
}

/** Runs `work` with an embedder, and ends its threads afterwards. */
export async function withEmbedder<T>(open: Promise<Embedder>, work: (embedder: Embedder) => Promise<T>): Promise<T> {
  const embedder = await open;
  try {
    return await work(embedder);
  } finally {
    await embedder.close();
  }
}

function requireRange(name: string, value: number, low: number, high: number): void {
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new LtdError("usage", `${name} is ${value}, but must be a whole number from ${low} to ${high}`);
  }
}
