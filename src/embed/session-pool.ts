import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { LtdError } from "../errors.ts";
import type { Batch } from "./batch.ts";
import { openEngine, type Engine, type EngineChoice } from "./engine.ts";
import type { SessionReply, SessionRequest, SessionSettings } from "./session-worker.ts";

interface Task {
  batch: Batch;
  resolve(vectors: Float32Array): void;
  reject(error: Error): void;
}

interface Slot {
  worker: Worker;
  /** What was posted to the worker and has no answer yet: it answers in this order. */
  tasks: Task[];
}

/**
 * Batches that lie at a worker at most. With one alone it would wait whenever the calling thread has something else to
 * do for longer than the batch takes, some milliseconds: encode the next texts, write the last ones.
 */
export const POSTED = 3;

/**
 * Runs batches of one student on worker threads, one engine and one core each. Workers start when there is a batch for
 * them, and do not keep the process alive while they wait.
 *
 * A batch of one text that comes while nothing is under way runs on the calling thread: the way to a worker and back
 * can take as long as the text itself. It keeps the thread for a fraction of a millisecond, a few for the longest text.
 */
export class SessionPool {
  readonly #graph: Uint8Array;
  readonly #engine: EngineChoice;
  readonly #threads: number;
  readonly #slots: Slot[] = [];
  readonly #waiting: Task[] = [];
  #here: Promise<Engine> | undefined;
  /** What runs on the calling thread. */
  #single: Promise<Float32Array> | undefined;
  #nextId = 0;
  #closed = false;

  constructor(graph: Uint8Array, engine: EngineChoice, threads: number) {
    this.#graph = graph;
    this.#engine = engine;
    this.#threads = threads;
  }

  /** Runs one batch: float32 [B, D]. The batch's arrays are handed over and must not be used afterwards. */
  run(batch: Batch): Promise<Float32Array> {
    if (this.#closed) return Promise.reject(new LtdError("model", "the embedder is closed"));
    if (batch.batch === 1 && this.#single === undefined && this.#slots.every((slot) => slot.tasks.length === 0)) {
      this.#single = this.#runHere(batch).finally(() => (this.#single = undefined));
      return this.#single;
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, resolve, reject });
      this.#dispatch();
    });
  }

  async #runHere(batch: Batch): Promise<Float32Array> {
    const here = await (this.#here ??= openEngine(this.#graph, this.#engine, "wasm"));
    return here.run(batch).catch((error: Error) => {
      throw cannotRun(error.message);
    });
  }

  /**
   * Ends the workers; batches that wait are rejected. Those that lie at a worker are finished first, some milliseconds
   * each: to end a thread within ONNX Runtime ends the process.
   */
  async close(): Promise<void> {
    this.#closed = true;
    const slots = this.#slots.splice(0);
    const single = this.#single?.catch(() => {});
    for (const task of this.#waiting.splice(0)) task.reject(new LtdError("model", "the embedder was closed"));
    await Promise.all(
      slots.map(async ({ worker, tasks }) => {
        let isOver = false;
        const ended = once(worker, "exit").finally(() => (isOver = true));
        while (tasks.length > 0 && !isOver) await Promise.race([once(worker, "message"), ended]).catch(() => {});
        await worker.terminate();
      }),
    );
    await single;
    const here = await this.#here?.catch(() => undefined);
    await here?.release();
  }

  #dispatch(): void {
    while (this.#waiting.length > 0) {
      const slot = this.#next();
      if (slot === undefined) return;
      const task = this.#waiting.shift()!;
      slot.tasks.push(task);
      slot.worker.ref();
      const { charIds, wordIds, weights, lengths } = task.batch;
      const buffers = [charIds, wordIds, weights, lengths].map((array) => array.buffer as ArrayBuffer);
      slot.worker.postMessage({ ...task.batch, id: this.#nextId++ } satisfies SessionRequest, buffers);
    }
  }

  /**
   * Who gets the next batch: a worker that has none, a new one, or the one that has the fewest. None where all have
   * enough.
   */
  #next(): Slot | undefined {
    const [first] = this.#slots.toSorted((a, b) => a.tasks.length - b.tasks.length);
    if (first?.tasks.length !== 0 && this.#slots.length < this.#threads) return this.#start();
    return first !== undefined && first.tasks.length < POSTED ? first : undefined;
  }

  #start(): Slot {
    const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
    const worker = new Worker(new URL(`./session-worker.${extension}`, import.meta.url), {
      workerData: { graph: this.#graph, choice: this.#engine } satisfies SessionSettings,
      ...withoutInputType(),
    });
    const slot: Slot = { worker, tasks: [] };
    worker.on("message", (reply: SessionReply) => {
      const task = slot.tasks.shift();
      if (slot.tasks.length === 0) worker.unref();
      if ("error" in reply) task?.reject(cannotRun(reply.error));
      else task?.resolve(reply.vectors);
      this.#dispatch();
    });
    worker.on("error", (cause) => {
      const at = this.#slots.indexOf(slot);
      if (at >= 0) this.#slots.splice(at, 1);
      const error = cannotRun((cause as Error).message);
      // Without this worker, none may be left for the waiting requests.
      for (const task of [...slot.tasks.splice(0), ...this.#waiting.splice(0)]) task.reject(error);
    });
    worker.unref();
    this.#slots.push(slot);
    return slot;
  }
}

/**
 * Flags of the process for a worker. It refuses `--input-type`, as in `node --input-type=module -e`, so without that.
 */
function withoutInputType(): { execArgv?: string[] } {
  const isInput = (flag: string) => flag.startsWith("--input-type");
  return process.execArgv.some(isInput) ? { execArgv: process.execArgv.filter((flag) => !isInput(flag)) } : {};
}

function cannotRun(reason: string): LtdError {
  return new LtdError("model", `the student could not run: ${reason}`, {
    hint: "`ltd-index doctor` says which engine runs and what is missing",
  });
}
