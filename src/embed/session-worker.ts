import { parentPort, workerData } from "node:worker_threads";
import type { Batch } from "./batch.ts";
import { openSession, runBatch } from "./session.ts";

/** A batch as it travels to the worker. */
export interface SessionRequest extends Batch {
  id: number;
}

/** The answer to a {@link SessionRequest}: float32 [B, D], or what went wrong. */
export type SessionReply = { id: number; vectors: Float32Array } | { id: number; error: string };

const session = openSession(workerData as Uint8Array);

parentPort!.on("message", (request: SessionRequest) => {
  const { id } = request;
  session
    .then((opened) => runBatch(opened, request))
    .then(
      (vectors) => parentPort!.postMessage({ id, vectors } satisfies SessionReply, [vectors.buffer as ArrayBuffer]),
      (error: unknown) => parentPort!.postMessage({ id, error: String(error) } satisfies SessionReply),
    );
});
