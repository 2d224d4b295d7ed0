import { createMatrix, rowOf, type Matrix } from "../vector/matrix.ts";
import { rowsOf, type MatrixProduct } from "../vector/product.ts";
import type { Random } from "../vector/random.ts";

/** Squared distances below this are rounding: the rows are equal. */
const EQUAL = 1e-5;
const BLOCK_ROWS = 16_384;

/**
 * Chooses K of N unit rows to start from, as k-means++ does. Each is drawn in proportion to its squared distance from
 * the nearest one chosen so far, the best of 2 + ln K draws. Fewer than K where the rows have fewer different
 * directions.
 *
 * Cost: N K ln K D multiplications. Source: Arthur & Vassilvitskii 2007, k-means++, with the greedy choice of its
 * section 5.
 */
export async function seedCentroids(
  vectors: Matrix,
  k: number,
  product: MatrixProduct,
  random: Random,
): Promise<Matrix> {
  const { rows, dims } = vectors;
  const centroids = createMatrix(k, dims);
  const draws = 2 + Math.floor(Math.log(k));
  let distances = new Float32Array(rows).fill(Number.POSITIVE_INFINITY);
  let chosen = 0;
  let candidates = [random.below(rows)];
  for (;;) {
    const drawn = createMatrix(candidates.length, dims);
    candidates.forEach((row, at) => rowOf(drawn, at).set(rowOf(vectors, row)));
    const nearer = await distancesWith(vectors, drawn, product, distances);
    const best = nearer.reduce((least, candidate) => (candidate.sum < least.sum ? candidate : least));
    distances = best.distances;
    rowOf(centroids, chosen++).set(rowOf(vectors, candidates[nearer.indexOf(best)]!));
    if (best.sum === 0 || chosen === k) break; // ltd.cluster_seeds draws no more either: the next start goes on from here
    candidates = draw(distances, best.sum, draws, random);
  }
  return rowsOf(centroids, 0, chosen);
}

/** For each candidate: the squared distances to the nearest centroid if it were chosen, and their sum. */
async function distancesWith(vectors: Matrix, drawn: Matrix, product: MatrixProduct, before: Float32Array) {
  const candidates = Array.from({ length: drawn.rows }, () => ({ distances: new Float32Array(vectors.rows), sum: 0 }));
  for (let start = 0; start < vectors.rows; start += BLOCK_ROWS) {
    const end = Math.min(start + BLOCK_ROWS, vectors.rows);
    const cosines = await product(rowsOf(vectors, start, end), drawn);
    candidates.forEach((candidate, column) => {
      for (let row = start, at = column; row < end; row++, at += drawn.rows) {
        const distance = 2 - 2 * cosines[at]!;
        const least = Math.min(before[row]!, distance < EQUAL ? 0 : distance);
        candidate.distances[row] = least;
        candidate.sum += least;
      }
    });
  }
  return candidates;
}

/** Rows drawn in proportion to their weights, of a sum above 0. */
function draw(weights: Float32Array, sum: number, count: number, random: Random): number[] {
  const marks = Array.from({ length: count }, () => random.next() * sum).sort((a, b) => a - b);
  const drawn: number[] = [];
  let passed = 0;
  let last = 0;
  for (let row = 0; row < weights.length && drawn.length < count; row++) {
    if (weights[row]! === 0) continue;
    passed += weights[row]!;
    last = row;
    while (drawn.length < count && marks[drawn.length]! < passed) drawn.push(row);
  }
  while (drawn.length < count) drawn.push(last); // what rounding has left over
  return drawn;
}
