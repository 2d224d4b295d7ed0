import { availableParallelism } from "node:os";
import { abortable } from "../abort.ts";
import { LtdError } from "../errors.ts";
import { requireWhole } from "../range.ts";
import { encode, type EncodeOptions, type StudentInput } from "../text/encode.ts";
import { WordTrie } from "../text/word-trie.ts";
import { userWords, type WordWeights } from "../text/word-weight.ts";
import { createMatrix, type Matrix } from "../vector/matrix.ts";
import { padBatch } from "./batch.ts";
import { Coalescer } from "./coalesce.ts";
import { ENGINES, type EngineChoice } from "./engine.ts";
import { loadModel, type ModelPackage } from "./model-package.ts";
import { POSTED, SessionPool } from "./session-pool.ts";

/** Settings of {@link createEmbedder}. */
export interface EmbedderOptions {
  /** A loaded model package, the id of a bundled one, or a folder. Default: the bundled model. */
  model?: ModelPackage | string;
  /** Worker threads, one core each; they start when there is work for them, a single text needs none. At least 1. Default: the cores, 4 at most. */
  threads?: number;
  /** Texts that run through the student together. 1 to 1024, default 64, fewer of long ones: larger takes more memory and is hardly faster. */
  batchSize?: number;
  /** Words that are weighed otherwise than in the model's table. */
  weights?: WordWeights;
  /** What computes the student. Default: the variable LTD_ENGINE, or else "auto", the faster one that works here. */
  engine?: EngineChoice;
}

/** Turns texts into unit vectors with one model. */
export interface Embedder {
  readonly model: ModelPackage;
  /** D. */
  readonly dims: number;
  readonly weights: WordWeights;
  /** Normalises, segments and weighs a text; undefined for one that has no letter or digit. On the calling thread, some 10 µs. */
  encode: (text: string) => StudentInput | undefined;
  /**
   * N inputs -> N x D, rows of unit length; the row of an undefined input is NaN. Runs on worker threads; a single one that comes
   * while nothing else runs, on the calling thread. Calls with few inputs that come while all threads work share batches.
   *
   * The same input gives the same vector whatever stands beside it, up to rounding: cosine > 0.999999 with one engine, at least 0.9999 between a text
   * alone and in a batch where "auto" takes an engine for each.
   */
  embedInputs(inputs: readonly (StudentInput | undefined)[], options?: { signal?: AbortSignal }): Promise<Matrix>;
  /** N texts -> N x D, as {@link encode} and {@link embedInputs}. */
  embed(texts: readonly string[], options?: { signal?: AbortSignal }): Promise<Matrix>;
  /** The same model with other weights. It shares the worker threads: to close one is to close both. */
  withWeights(weights: WordWeights): Embedder;
  /** Ends the worker threads. */
  close(): Promise<void>;
}

/** Loads and verifies a model and makes an {@link Embedder} of it. Throws an LtdError for a damaged model or a setting out of range. */
export async function createEmbedder(options: EmbedderOptions = {}): Promise<Embedder> {
  const {
    threads = Math.min(availableParallelism(), 4),
    batchSize = 64,
    weights = new Map(),
    engine = (process.env["LTD_ENGINE"] || "auto") as EngineChoice,
  } = options;
  requireWhole("threads", threads, 1, 256);
  requireWhole("batchSize", batchSize, 1, 1024);
  if (!ENGINES.includes(engine))
    throw new LtdError("usage", `engine is ${JSON.stringify(engine)}, not one of ${ENGINES.join(", ")}`);
  const model = typeof options.model === "object" ? options.model : await loadModel(options.model);
  const { dims } = model.description;
  const pool = new SessionPool(model.graph, engine, threads);
  const coalescer = new Coalescer((inputs) => runBatches(inputs), threads);
  let turn: Promise<void> = Promise.resolve();

  /** What does not fill a batch goes with others of its kind. */
  async function embedInputs(inputs: readonly (StudentInput | undefined)[], { signal }: { signal?: AbortSignal } = {}) {
    signal?.throwIfAborted();
    return inputs.length < batchSize ? coalescer.embed(inputs, signal) : abortable(runInTurn(inputs, signal), signal);
  }

  /** Long lists are given to the workers one after the other: side by side each would take as long as all of them together. */
  async function runInTurn(inputs: readonly (StudentInput | undefined)[], signal?: AbortSignal): Promise<Matrix> {
    const before = turn;
    let endTurn = (): void => {};
    turn = new Promise((resolve) => (endTurn = resolve));
    try {
      await before;
      return await runBatches(inputs, signal, endTurn);
    } finally {
      endTurn();
    }
  }

  /** @param onGiven called when the last batch has been given to a worker */
  async function runBatches(
    inputs: readonly (StudentInput | undefined)[],
    signal?: AbortSignal,
    onGiven?: () => void,
  ): Promise<Matrix> {
    const matrix = createMatrix(inputs.length, dims);
    const order = [...inputs.keys()].filter((row) => {
      if (inputs[row] === undefined) matrix.data.fill(Number.NaN, row * dims, (row + 1) * dims);
      return inputs[row] !== undefined;
    });
    // Neighbours in length share a batch, so that little is padded.
    order.sort((a, b) => inputs[a]!.charIds.length - inputs[b]!.charIds.length);
    const runs: Promise<void>[] = [];
    // Few texts are shared out, so that no thread looks on.
    const most = Math.min(batchSize, Math.max(SHARE, Math.ceil(order.length / threads)));
    for (let start = 0; start < order.length;) {
      signal?.throwIfAborted();
      const rows = takeBatch(order, start, most, batchSize * BATCH_CHARACTERS, (row) => inputs[row]!.charIds.length);
      start += rows.length;
      const run = pool.run(padBatch(rows.map((row) => inputs[row]!))).then((vectors) => {
        rows.forEach((row, at) => matrix.data.set(vectors.subarray(at * dims, (at + 1) * dims), row * dims));
      });
      runs.push(run);
      run.catch(() => {}); // reported by Promise.all below
      if (runs.length > threads * POSTED) await runs[runs.length - 1 - threads * POSTED];
    }
    onGiven?.();
    await Promise.all(runs);
    return matrix;
  }

  const bind = (boundWeights: WordWeights): Embedder => {
    const encodeOptions = encodeOptionsOf(model, boundWeights);
    const encodeText = (each: string) => encode(each, encodeOptions);
    return {
      model,
      dims,
      weights: boundWeights,
      encode: encodeText,
      embedInputs,
      embed: (texts, embedOptions) => embedInputs(texts.map(encodeText), embedOptions),
      withWeights: bind,
      close: () => pool.close(),
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

/** Fewer texts than this are not worth a thread of their own. */
const SHARE = 8;

/** The memory that a run takes grows with texts times characters, and stays: of texts longer than this, fewer run together. */
const BATCH_CHARACTERS = 16;

/** The next batch of rows that are sorted by length: at most so many texts, and so many characters with their padding. */
function takeBatch(
  order: readonly number[],
  start: number,
  mostTexts: number,
  mostCharacters: number,
  lengthOf: (row: number) => number,
) {
  let end = start + 1;
  while (end < Math.min(order.length, start + mostTexts) && (end + 1 - start) * lengthOf(order[end]!) <= mostCharacters)
    end++;
  return order.slice(start, end);
}
