import type { StudentInput } from "../text/encode.ts";

/**
 * B texts as the student's graph reads them, padded to the longest. That has L characters; padding has id 0 and weight
 * 0.
 */
export interface Batch {
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

/** B inputs as one batch. */
export function padBatch(inputs: readonly StudentInput[]): Batch {
  const batch = inputs.length;
  const length = Math.max(...inputs.map((input) => input.charIds.length));
  const charIds = new BigInt64Array(batch * length);
  const wordIds = new BigInt64Array(batch * length);
  const lengths = new BigInt64Array(batch);
  const weights = new Float32Array(batch * length);
  // Ids are small: writing the low halves is many times faster than making a bigint of each.
  const charLow = new Int32Array(charIds.buffer);
  const wordLow = new Int32Array(wordIds.buffer);
  inputs.forEach((input, row) => {
    for (let i = 0; i < input.charIds.length; i++) {
      charLow[2 * (row * length + i)] = input.charIds[i]!;
      wordLow[2 * (row * length + i)] = input.wordIds[i]!;
    }
    weights.set(input.weights, row * length);
    lengths[row] = BigInt(input.charIds.length);
  });
  return { batch, length, charIds, wordIds, weights, lengths };
}
