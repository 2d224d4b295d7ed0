import { parentPort, workerData } from "node:worker_threads";
import type { Batch } from "./batch.ts";
import { openEngine, type EngineChoice } from "./engine.ts";

/** What a worker is started with. */
export interface SessionSettings {
  graph: Uint8Array;
  choice: EngineChoice;
}

/** A batch as it travels to the worker. */
export interface SessionRequest extends Batch {
  id: number;
}

/** The answer to a {@link SessionRequest}: float32 [B, D], or what went wrong. */
export type SessionReply = { id: number; vectors: Float32Array } | { id: number; error: string };

const { graph, choice } = workerData as SessionSettings;
const engine = openEngine(graph, choice, "onnx");

parentPort!.on("message", (request: SessionRequest) => {
  const { id } = request;
  engine
    .then((opened) => opened.run(request))
    .then(
      (vectors) => parentPort!.postMessage({ id, vectors } satisfies SessionReply, [vectors.buffer as ArrayBuffer]),
      (error: Error) => parentPort!.postMessage({ id, error: error.message } satisfies SessionReply),
    );
});
