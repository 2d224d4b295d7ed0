import type { Matrix } from "../vector/matrix.ts";
import { rowsOf, type MatrixProduct } from "../vector/product.ts";

/** The nearest centroid of each of N rows. */
export interface Nearest {
  /** Rows of the centroids' matrix. */
  readonly labels: Int32Array;
  /** Cosine with the nearest centroid, in [-1, 1]. */
  readonly similarities: Float32Array;
  /** Cosine with the second nearest one; -1 where there is only one. */
  readonly seconds: Float32Array;
}

/** Rows that are multiplied at once. The 8,192 x 50 cosines are 1.6 MB, which stay in the cache until they are read. */
const BLOCK_ROWS = 8_192;
const BLOCK_NUMBERS = 1 << 20;

/** An empty {@link Nearest} of N rows. */
export function createNearest(rows: number): Nearest {
  return {
    labels: new Int32Array(rows).fill(-1),
    similarities: new Float32Array(rows),
    seconds: new Float32Array(rows),
  };
}

/**
 * Writes the nearest of K unit centroids (K >= 1) for each of N unit rows into `nearest`. Of equally near ones, the
 * first. Returns how many labels have changed; `onChange` is called for each.
 *
 * Cost: N K D multiplications by `product`, a block of rows at a time; a few megabytes beside the rows.
 */
export async function findNearest(
  vectors: Matrix,
  centroids: Matrix,
  product: MatrixProduct,
  nearest: Nearest,
  options: { signal?: AbortSignal | undefined; onChange?: (row: number, from: number, to: number) => void } = {},
): Promise<number> {
  const { labels, similarities, seconds } = nearest;
  const k = centroids.rows;
  const block = Math.max(1, Math.min(BLOCK_ROWS, Math.floor(BLOCK_NUMBERS / k)));
  let changed = 0;
  for (let start = 0; start < vectors.rows; start += block) {
    options.signal?.throwIfAborted();
    const end = Math.min(start + block, vectors.rows);
    const cosines = await product(rowsOf(vectors, start, end), centroids);
    for (let row = start, at = 0; row < end; row++) {
      let best = -2;
      let second = -2;
      let label = 0;
      for (let column = 0; column < k; column++, at++) {
        const cosine = cosines[at]!;
        if (cosine > second) {
          if (cosine > best) {
            second = best;
            best = cosine;
            label = column;
          } else second = cosine;
        }
      }
      similarities[row] = best;
      seconds[row] = Math.max(second, -1);
      const from = labels[row]!;
      if (from === label) continue;
      labels[row] = label;
      changed++;
      options.onChange?.(row, from, label);
    }
  }
  return changed;
}
