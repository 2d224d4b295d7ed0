import { createMatrix, rowOf, type Matrix } from "../../src/vector/matrix.ts";
import type { Random } from "../../src/vector/random.ts";

/** Scales a vector to unit length. */
export function normalize(vector: Float32Array): void {
  const length = Math.hypot(...vector);
  vector.forEach((value, at) => (vector[at] = value / length));
}

/** Unit rows around `k` directions, in turn: row r belongs to r % k. The larger `spread`, the more they overlap. */
export function blobs(random: Random, rows: number, k: number, dims: number, spread: number): Matrix {
  const draw = () => random.next() + random.next() + random.next() - 1.5;
  const centers = Array.from({ length: k }, () => {
    const center = Float32Array.from({ length: dims }, draw);
    normalize(center);
    return center;
  });
  const matrix = createMatrix(rows, dims);
  for (let row = 0; row < rows; row++) {
    const vector = rowOf(matrix, row);
    vector.forEach((_, at) => (vector[at] = centers[row % k]![at]! + (spread * draw()) / Math.sqrt(dims)));
    normalize(vector);
  }
  return matrix;
}
