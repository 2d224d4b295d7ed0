import { setImmediate } from "node:timers/promises";
import { createMatrix, rowOf, type Matrix } from "../../vector/matrix.ts";
import { rowsOf, type MatrixProduct } from "../../vector/product.ts";
import { Top } from "../../vector/top.ts";

/** The k nearest other rows of every row, nearest first. */
export interface Neighbours {
  readonly rows: number;
  readonly k: number;
  /** N x k. */
  readonly labels: Int32Array;
  /** N x k: Euclidean. */
  readonly distances: Float32Array;
}

/** A block of products takes 64 MB at most. */
const BLOCK_NUMBERS = 16_000_000;

/**
 * The k nearest other rows of every row, exact: every row is compared with every other, in blocks. Costs 2 N² D
 * operations, in the matrix product, and N² comparisons.
 * @param points N x D
 * @param k at most N - 1 are found
 * @param signal checked between blocks
 */
export async function nearestNeighbours(
  points: Matrix,
  k: number,
  multiply: MatrixProduct,
  signal?: AbortSignal,
): Promise<Neighbours> {
  const { rows } = points;
  const found = Math.max(0, Math.min(k, rows - 1));
  const labels = new Int32Array(rows * found);
  const distances = new Float32Array(rows * found);
  if (found === 0) return { rows, k: found, labels, distances };
  const { queries, targets, squares } = withSquares(points);
  const blockRows = Math.max(1, Math.floor(BLOCK_NUMBERS / rows));
  for (let start = 0; start < rows; start += blockRows) {
    await setImmediate(); // lets a signal arrive
    signal?.throwIfAborted();
    const end = Math.min(rows, start + blockRows);
    const scores = await multiply(rowsOf(queries, start, end), targets);
    for (let row = start; row < end; row++) {
      const from = (row - start) * rows;
      const top = new Top(found);
      let least = -Infinity; // hardly any of the many scores reaches it: no call for the others
      for (let other = 0; other < rows; other++) {
        if (scores[from + other]! <= least || other === row) continue;
        top.offer(other, scores[from + other]!);
        least = top.least;
      }
      top.take().forEach(({ label, score }, at) => {
        labels[row * found + at] = label;
        distances[row * found + at] = Math.sqrt(Math.max(0, squares[row]! - 2 * score));
      });
    }
  }
  return { rows, k: found, labels, distances };
}

/** One more dimension makes the nearest by distance those with the largest product: a·b - |b|²/2. */
function withSquares(points: Matrix): { queries: Matrix; targets: Matrix; squares: Float32Array } {
  const { rows, dims } = points;
  const [queries, targets] = [createMatrix(rows, dims + 1), createMatrix(rows, dims + 1)];
  const squares = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const point = rowOf(points, row);
    for (const value of point) squares[row]! += value * value;
    rowOf(queries, row).set(point);
    rowOf(targets, row).set(point);
    rowOf(queries, row)[dims] = 1;
    rowOf(targets, row)[dims] = -squares[row]! / 2;
  }
  return { queries, targets, squares };
}
