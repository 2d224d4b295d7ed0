import { InferenceSession, Tensor } from "onnxruntime-node";
import type { Matrix } from "../vector/matrix.ts";
import type { Batch } from "./batch.ts";

/**
 * A session of a student's graph. It computes on the thread that calls it, one core, or more that share each operator;
 * nothing else runs on that thread until then.
 */
export function openSession(graph: Uint8Array, cores = 1): Promise<InferenceSession> {
  return InferenceSession.create(graph, {
    intraOpNumThreads: cores,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
  });
}

/** A batch as the graph's inputs; the arrays are not copied. */
export function toFeeds({ batch, length, charIds, wordIds, weights, lengths }: Batch): Record<string, Tensor> {
  const shape = [batch, length];
  return {
    char_ids: new Tensor("int64", charIds, shape),
    word_ids: new Tensor("int64", wordIds, shape),
    weights: new Tensor("float32", weights, shape),
    lengths: new Tensor("int64", lengths, [batch]),
  };
}

/** A float32 matrix as a graph's input; it is not copied. */
export function toTensor({ rows, dims, data }: Matrix): Tensor {
  return new Tensor("float32", data, [rows, dims]);
}

/** The vectors of a run, float32 [B, D], in memory of their own. */
export function copyOut(outputs: InferenceSession.ReturnType): Float32Array {
  return (outputs["embedding"]!.data as Float32Array).slice();
}

/** Runs one batch: float32 [B, D]. */
export async function runBatch(session: InferenceSession, batch: Batch): Promise<Float32Array> {
  return copyOut(await session.run(toFeeds(batch)));
}
