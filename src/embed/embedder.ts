import { availableParallelism } from "node:os";
import { readEngine } from "../config.ts";
import { LtdError } from "../errors.ts";
import { requireWhole } from "../range.ts";
import { encode, type EncodeOptions, type StudentInput } from "../text/encode.ts";
import { WordTrie } from "../text/word-trie.ts";
import { userWords, type WordWeights } from "../text/word-weight.ts";
import type { Matrix } from "../vector/matrix.ts";
import { BatchRunner } from "./batch-runner.ts";
import { ENGINES, type EngineChoice } from "./engine.ts";
import { loadModel, type ModelPackage } from "./model-package.ts";

/** Settings of {@link createEmbedder}. */
export interface EmbedderOptions {
  /** A loaded model package, the id of a bundled one, or a folder. Default: the bundled model. */
  model?: ModelPackage | string;
  /**
   * Worker threads, one core each; they start when there is work for them, a single text needs none. At least 1.
   * Default: the cores, 4 at most.
   */
  threads?: number;
  /**
   * Texts that run through the student together, 1 to 1024, default 64, fewer if they are long. More take more memory
   * and are hardly faster.
   */
  batchSize?: number;
  /** Words whose weight differs from the model's table. */
  weights?: WordWeights;
  /**
   * What computes the student. Default: LTD_ENGINE, or `engine` in ltd-index.json, or else "auto", the faster one that
   * works here.
   */
  engine?: EngineChoice;
}

/** Turns texts into unit vectors with one model. */
export interface Embedder {
  readonly model: ModelPackage;
  /** D. */
  readonly dims: number;
  readonly weights: WordWeights;
  /**
   * Normalises, segments and weighs a text; undefined for one that has no letter or digit. On the calling thread, some
   * 10 µs.
   */
  encode: (text: string) => StudentInput | undefined;
  /**
   * N inputs -> N x D, rows of unit length; the row of an undefined input is NaN. Runs on worker threads; a single one
   * that comes while nothing else runs, on the calling thread. Calls with few inputs that come while all threads work
   * share batches.
   *
   * The same input gives the same vector whatever stands beside it, up to rounding: cosine > 0.999999 with one engine,
   * at least 0.9999 between a text alone and in a batch where "auto" takes an engine for each.
   */
  embedInputs(inputs: readonly (StudentInput | undefined)[], options?: { signal?: AbortSignal }): Promise<Matrix>;
  /** N texts -> N x D, as {@link encode} and {@link embedInputs}. */
  embed(texts: readonly string[], options?: { signal?: AbortSignal }): Promise<Matrix>;
  /** The same model with other weights. It shares the worker threads: to close one is to close both. */
  withWeights(weights: WordWeights): Embedder;
  /** Ends the worker threads. */
  close(): Promise<void>;
}

/**
 * Loads and verifies a model and makes an {@link Embedder} of it. Throws an LtdError for a damaged model or a setting
 * out of range.
 *
 * @example
 * const embedder = await createEmbedder();
 * const { rows, dims, data } = await embedder.embed(["怎么退款", "如何申请退款"]); // 2 unit rows of 512 numbers
 * await embedder.close();
 */
export async function createEmbedder(options: EmbedderOptions = {}): Promise<Embedder> {
  const {
    threads = Math.min(availableParallelism(), 4),
    batchSize = 64,
    weights = new Map(),
    engine = readEngine(),
  } = options;
  requireWhole("threads", threads, 1, 256);
  requireWhole("batchSize", batchSize, 1, 1024);
  if (!ENGINES.includes(engine))
    throw new LtdError("usage", `engine is ${JSON.stringify(engine)}, not one of ${ENGINES.join(", ")}`);
  const model = typeof options.model === "object" ? options.model : await loadModel(options.model);
  const runner = new BatchRunner(model, { engine, threads, batchSize });
  const bind = (boundWeights: WordWeights): Embedder => {
    const encodeOptions = encodeOptionsOf(model, boundWeights);
    const encodeText = (text: string) => {
      if (typeof text === "string") return encode(text, encodeOptions);
      throw new LtdError("usage", `a text is ${String(text)}, but must be a string`);
    };
    return {
      model,
      dims: model.description.dims,
      weights: boundWeights,
      encode: encodeText,
      embedInputs: (inputs, embedOptions) => runner.embed(inputs, embedOptions),
      embed: async (texts, embedOptions) => runner.embed(texts.map(encodeText), embedOptions),
      withWeights: bind,
      close: () => runner.close(),
    };
  };
  return bind(weights);
}

/** How a model reads text, with these weights. */
function encodeOptionsOf(model: ModelPackage, weights: WordWeights): EncodeOptions {
  const { smoothing, maxChars } = model.description.text;
  const own = userWords(weights);
  const tables = own.size === 0 ? model.tables : { ...model.tables, words: new WordTrie(model.words, own) };
  return { tables, smoothing, maxChars, weights };
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
