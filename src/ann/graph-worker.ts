import { closeSync, fsyncSync, openSync, readSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { checkGraph } from "./graph-file.ts";
import { HnswGraph } from "./hnsw.ts";
import type { GraphWorkerData } from "./build-graph.ts";

/** Vectors that are read together, and after which is said how far it is. */
const CHUNK_ROWS = 256;

/** Adds the float32 vectors of a file to a new or existing graph. Writes the graph, unless stopped. */
async function build({ task, isStopped }: GraphWorkerData): Promise<void> {
  const { from, vectors, rows, dims, settings, remove, out } = task;
  const graph =
    from === null
      ? HnswGraph.create(dims, settings, rows)
      : await HnswGraph.load(from.path, dims, settings.efSearch, from.removed);
  for (const label of remove) graph.remove(label);
  graph.reserve(rows);
  const file = openSync(vectors, "r");
  try {
    for (let done = 0; done < rows;) {
      const chunk = new Float32Array(Math.min(CHUNK_ROWS, rows - done) * dims);
      const bytes = readSync(file, chunk, 0, chunk.byteLength, done * dims * Float32Array.BYTES_PER_ELEMENT);
      if (bytes < chunk.byteLength) throw new Error(`${vectors} ends after ${done} of ${rows} vectors`);
      for (let at = 0; at < chunk.length; at += dims) {
        if (Atomics.load(isStopped, 0) !== 0) return;
        graph.add(chunk.subarray(at, at + dims));
      }
      done += chunk.length / dims;
      parentPort!.postMessage({ done });
    }
  } finally {
    closeSync(file);
  }
  graph.save(out);
  const written = await checkGraph(out).catch((error: unknown) => {
    throw new Error(`${out} could not be written whole (is the disk full?): ${(error as Error).message}`);
  });
  if (written.labels !== graph.labels) throw new Error(`${out} could not be written whole: is the disk full?`);
  const saved = openSync(out, "r+");
  fsyncSync(saved);
  closeSync(saved);
}

await build(workerData as GraphWorkerData);
