/** N rows of D float32 numbers, row after row in one array. */
export interface Matrix {
  readonly rows: number;
  readonly dims: number;
  /** Length `rows * dims`. */
  readonly data: Float32Array;
}

/** An N x D matrix of zeros. */
export function createMatrix(rows: number, dims: number): Matrix {
  return { rows, dims, data: new Float32Array(rows * dims) };
}

/** Row `index` as a view: nothing is copied, and writing to it writes to the matrix. Throws a RangeError outside [0, N). */
export function rowOf(matrix: Matrix, index: number): Float32Array {
  if (!(index >= 0 && index < matrix.rows)) throw new RangeError(`row ${index} of a matrix with ${matrix.rows} rows`);
  return matrix.data.subarray(index * matrix.dims, (index + 1) * matrix.dims);
}
