import { abortable } from "../abort.ts";
import type { StudentInput } from "../text/encode.ts";
import { createMatrix, type Matrix } from "../vector/matrix.ts";
import { padBatch } from "./batch.ts";
import { Coalescer } from "./coalesce.ts";
import type { EngineChoice } from "./engine.ts";
import type { ModelPackage } from "./model-package.ts";
import { POSTED, SessionPool } from "./session-pool.ts";

type Inputs = readonly (StudentInput | undefined)[];

/** Settings of a {@link BatchRunner}. */
interface BatchSettings {
  readonly engine: EngineChoice;
  readonly threads: number;
  /** Texts that run together. */
  readonly batchSize: number;
}

/** Fewer texts than this are not worth a thread of their own. */
const SHARE = 8;

/**
 * Characters of a text up to which a full batch runs. A run takes memory in proportion to texts times characters, and
 * keeps it: of longer texts, fewer run together.
 */
const BATCH_CHARACTERS = 16;

/**
 * Cuts inputs into batches and runs them on worker threads. Short lists share batches, long lists run one after the
 * other.
 */
export class BatchRunner {
  readonly #dims: number;
  readonly #settings: BatchSettings;
  readonly #pool: SessionPool;
  readonly #coalescer: Coalescer;
  #turn: Promise<void> = Promise.resolve();

  constructor(model: ModelPackage, settings: BatchSettings) {
    this.#dims = model.description.dims;
    this.#settings = settings;
    this.#pool = new SessionPool(model.graph, settings.engine, settings.threads);
    this.#coalescer = new Coalescer((inputs) => this.#runBatches(inputs), settings.threads);
  }

  /**
   * N inputs -> N x D; the row of an undefined input is NaN. What does not fill a batch goes with others of its kind.
   */
  async embed(inputs: Inputs, { signal }: { signal?: AbortSignal } = {}): Promise<Matrix> {
    signal?.throwIfAborted();
    return inputs.length < this.#settings.batchSize
      ? this.#coalescer.embed(inputs, signal)
      : abortable(this.#runInTurn(inputs, signal), signal);
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  /**
   * Gives long lists to the workers one after the other. Side by side, each would take as long as all of them together.
   */
  async #runInTurn(inputs: Inputs, signal?: AbortSignal): Promise<Matrix> {
    const before = this.#turn;
    let endTurn = (): void => {};
    this.#turn = new Promise((resolve) => (endTurn = resolve));
    try {
      await before;
      return await this.#runBatches(inputs, signal, endTurn);
    } finally {
      endTurn();
    }
  }

  /** @param onGiven called when the last batch has been given to a worker */
  async #runBatches(inputs: Inputs, signal?: AbortSignal, onGiven?: () => void): Promise<Matrix> {
    const { threads, batchSize } = this.#settings;
    const dims = this.#dims;
    const matrix = createMatrix(inputs.length, dims);
    const order = [...inputs.keys()].filter((row) => {
      if (inputs[row] === undefined) matrix.data.fill(Number.NaN, row * dims, (row + 1) * dims);
      return inputs[row] !== undefined;
    });
    // Neighbours in length share a batch, so that little is padded.
    order.sort((a, b) => inputs[a]!.charIds.length - inputs[b]!.charIds.length);
    const runs: Promise<void>[] = [];
    // Few texts are distributed, so that no thread is idle.
    const most = Math.min(batchSize, Math.max(SHARE, Math.ceil(order.length / threads)));
    for (let start = 0; start < order.length;) {
      signal?.throwIfAborted();
      const rows = takeBatch(order, start, most, batchSize * BATCH_CHARACTERS, (row) => inputs[row]!.charIds.length);
      start += rows.length;
      const run = this.#pool.run(padBatch(rows.map((row) => inputs[row]!))).then((vectors) => {
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
}

/** The next batch of rows sorted by length. It is bounded by texts, and by characters with their padding. */
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
