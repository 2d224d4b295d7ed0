import { Worker } from "node:worker_threads";
import { LtdError } from "../errors.ts";
import { loadPart } from "../package-part.ts";
import type { HnswSettings } from "./hnsw-settings.ts";

/** What a graph is made of. */
export interface GraphTask {
  /** The graph that is added to, and what was removed of it before; null: a new one. */
  from: { path: string; removed: readonly number[] } | null;
  /** File of N x D float32 numbers in the order of this machine; the first row gets the next label. */
  vectors: string;
  rows: number;
  dims: number;
  settings: HnswSettings;
  /** Labels of `from` that are removed. */
  remove: readonly number[];
  /** Where the graph is written to, and flushed to disk. */
  out: string;
}

/** What the worker thread is given. */
export interface GraphWorkerData {
  task: GraphTask;
  /** One number, shared by both threads; other than 0: stop before the next vector, and write nothing. */
  isStopped: Int32Array<SharedArrayBuffer>;
}

/** Settings of {@link buildGraph}. */
export interface BuildOptions {
  /** Called now and then with the vectors that were added. */
  onProgress?: (done: number) => void;
  /** Stops between two vectors, or once the old graph is read or the new one written. */
  signal?: AbortSignal;
}

/**
 * Builds a graph on a worker thread, about a millisecond of one core a vector. The calling thread stays free.
 *
 * @throws LtdError "input" for a vector that is not of unit length or a full disk, "package" where hnswlib-node cannot
 *   be loaded
 */
export async function buildGraph(task: GraphTask, { onProgress, signal }: BuildOptions = {}): Promise<void> {
  signal?.throwIfAborted();
  await loadPart("hnswlib-node", () => import("./hnsw.ts")); // on this thread its error keeps code and hint
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  // asked, not terminated: a thread that ends while hnswlib-node is being called takes the whole process with it
  const isStopped = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const workerData: GraphWorkerData = { task, isStopped };
  const worker = new Worker(new URL(`./graph-worker.${extension}`, import.meta.url), { workerData });
  const stop = () => void Atomics.store(isStopped, 0, 1);
  signal?.addEventListener("abort", stop, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      worker.on("message", ({ done }: { done: number }) => onProgress?.(done));
      worker.on("error", (cause) => {
        reject(
          new LtdError(
            "input",
            `the graph cannot be built: ${cause instanceof Error ? cause.message : String(cause)}`,
            {
              hint: "exact search needs no graph: --method exact",
              cause,
            },
          ),
        );
      });
      worker.on("exit", () => resolve());
    });
    signal?.throwIfAborted();
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}
