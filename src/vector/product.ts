import { rowOf, type Matrix } from "./matrix.ts";

/**
 * A Bᵀ of an N x D and a K x D matrix: N x K numbers, row after row, the dot product of every row of A with every row
 * of B.
 */
export type MatrixProduct = (a: Matrix, b: Matrix) => Promise<Float32Array>;

/** A {@link MatrixProduct} in plain JavaScript. Nothing native: faster ones are compared with it. Some 1 GFLOPS. */
export const plainProduct: MatrixProduct = (a, b) => {
  const product = new Float32Array(a.rows * b.rows);
  for (let row = 0; row < a.rows; row++) {
    const left = rowOf(a, row);
    for (let column = 0; column < b.rows; column++) product[row * b.rows + column] = dot(left, rowOf(b, column));
  }
  return Promise.resolve(product);
};

/** Σ aᵢbᵢ, in float64. */
export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += a[at]! * b[at]!;
  return sum;
}

/** Rows `start` to below `end` as a matrix: a view, nothing is copied. */
export function rowsOf(matrix: Matrix, start: number, end: number): Matrix {
  const { dims, data } = matrix;
  return { rows: end - start, dims, data: data.subarray(start * dims, end * dims) };
}
