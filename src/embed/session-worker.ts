import { parentPort, workerData } from "node:worker_threads";
import { InferenceSession, Tensor } from "onnxruntime-node";

/** A batch as it travels to the worker: B texts, padded to L characters. */
export interface SessionRequest {
  id: number;
  batch: number;
  length: number;
  /** int64 [B, L] */
  charIds: BigInt64Array;
  /** int64 [B, L] */
  wordIds: BigInt64Array;
  /** float32 [B, L] */
  weights: Float32Array;
  /** int64 [B] */
  lengths: BigInt64Array;
}

/** The answer to a {@link SessionRequest}: float32 [B, D], or what went wrong. */
export type SessionReply = { id: number; vectors: Float32Array } | { id: number; error: string };

// ONNX Runtime computes on the thread that calls it, so it lives in a worker thread: one session, one core.
const session = InferenceSession.create(workerData as Uint8Array, {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: "sequential",
  graphOptimizationLevel: "all",
  logSeverityLevel: 3,
});

async function run(request: SessionRequest): Promise<Float32Array> {
  const shape = [request.batch, request.length];
  const outputs = await (
    await session
  ).run({
    char_ids: new Tensor("int64", request.charIds, shape),
    word_ids: new Tensor("int64", request.wordIds, shape),
    weights: new Tensor("float32", request.weights, shape),
    lengths: new Tensor("int64", request.lengths, [request.batch]),
  });
  return Float32Array.from(outputs["embedding"]!.data as Float32Array);
}

parentPort!.on("message", (request: SessionRequest) => {
  const { id } = request;
  run(request).then(
    (vectors) => parentPort!.postMessage({ id, vectors } satisfies SessionReply, [vectors.buffer as ArrayBuffer]),
    (error: unknown) => parentPort!.postMessage({ id, error: String(error) } satisfies SessionReply),
  );
});
