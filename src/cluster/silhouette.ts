import { rowOf, type Matrix } from "../vector/matrix.ts";
import { rowsOf, type MatrixProduct } from "../vector/product.ts";
import { CentroidSums } from "./centroids.ts";

const BLOCK_ROWS = 8_192;

/**
 * The silhouette of each of N unit rows, in [-1, 1]; 0 for a row that is alone in its cluster. It says how much nearer
 * a row is to its own cluster than to the next one: (b - a) / max(a, b) of the mean distances 1 - cosine.
 *
 * Exact, and for cosine distances it needs no pair of rows: the mean distance to a cluster is that to the mean of its
 * rows. Cost: N K D multiplications. Source: Rousseeuw 1987.
 * @param labels clusters of the rows, 0 to K - 1; negative ones are left out and get 0
 */
export async function silhouettes(
  vectors: Matrix,
  labels: Int32Array,
  k: number,
  product: MatrixProduct,
): Promise<Float32Array> {
  const sums = new CentroidSums(k, vectors.dims);
  labels.forEach((label, row) => label >= 0 && sums.add(rowOf(vectors, row), label));
  const means = sums.means();
  const { sizes } = sums;
  const found = new Float32Array(vectors.rows);
  for (let start = 0; start < vectors.rows; start += BLOCK_ROWS) {
    const end = Math.min(start + BLOCK_ROWS, vectors.rows);
    const cosines = await product(rowsOf(vectors, start, end), means);
    for (let row = start, at = 0; row < end; row++, at += k) {
      const own = labels[row]!;
      if (own < 0 || sizes[own]! < 2) continue;
      let other = Number.POSITIVE_INFINITY;
      for (let cluster = 0; cluster < k; cluster++) {
        if (cluster !== own && sizes[cluster]! > 0) other = Math.min(other, 1 - cosines[at + cluster]!);
      }
      // the row itself, at distance 0, is one of those that the mean is of
      const within = ((1 - cosines[at + own]!) * sizes[own]!) / (sizes[own]! - 1);
      const larger = Math.max(within, other);
      if (Number.isFinite(other) && larger > 0) found[row] = (other - within) / larger;
    }
  }
  return found;
}

/** The mean of the numbers; 0 of none. */
export function mean(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1);
}
