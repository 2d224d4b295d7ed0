import { Random } from "../../src/vector/random.ts";
import { createMatrix, rowOf, type Matrix } from "../../src/vector/matrix.ts";

/** N x D unit vectors by chance, in groups of ten that are near to each other, as texts are. */
export function unitVectors(rows: number, dims: number, seed = 1): Matrix {
  const random = new Random(seed);
  const matrix = createMatrix(rows, dims);
  const middle = new Float32Array(dims);
  for (let row = 0; row < rows; row++) {
    if (row % 10 === 0) for (let at = 0; at < dims; at++) middle[at] = random.next() - 0.5;
    const vector = rowOf(matrix, row);
    for (let at = 0; at < dims; at++) vector[at] = middle[at]! + 0.5 * (random.next() - 0.5);
    const length = Math.hypot(...vector);
    for (let at = 0; at < dims; at++) vector[at]! /= length;
  }
  return matrix;
}

/** One row as a matrix. */
export function oneRow(vector: Float32Array): Matrix {
  return { rows: 1, dims: vector.length, data: vector };
}

export function cosine(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, at) => sum + value * b[at]!, 0);
}
