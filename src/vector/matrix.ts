/** N rows of D float32 numbers, row after row in one array. */
export interface Matrix {
  readonly rows: number;
  readonly dims: number;
  /** Length `rows * dims`. */
  readonly data: Float32Array;
}

/**
 * An N x D matrix of zeros.
 *
 * @example
 * const matrix = createMatrix(2, 512); // zeros
 */
export function createMatrix(rows: number, dims: number): Matrix {
  return { rows, dims, data: new Float32Array(rows * dims) };
}

/**
 * Row `index` as a view: nothing is copied, and writing to it writes to the matrix. Throws a RangeError outside [0, N).
 *
 * @example
 * const second = rowOf(createMatrix(2, 512), 1); // a view of 512 numbers
 */
export function rowOf(matrix: Matrix, index: number): Float32Array {
  if (!(index >= 0 && index < matrix.rows)) throw new RangeError(`row ${index} of a matrix with ${matrix.rows} rows`);
  return matrix.data.subarray(index * matrix.dims, (index + 1) * matrix.dims);
}

/** Reorders the rows in place: row `at` becomes what row `order[at]` was. `order` has each row once. */
export function reorderRows(matrix: Matrix, order: Int32Array): void {
  const isPlaced = new Uint8Array(matrix.rows);
  const first = new Float32Array(matrix.dims);
  for (let start = 0; start < matrix.rows; start++) {
    if (isPlaced[start] === 1) continue;
    // around one cycle: the first row waits aside until its place is free
    first.set(rowOf(matrix, start));
    for (let at = start; ;) {
      isPlaced[at] = 1;
      const from = order[at]!;
      if (from === start) {
        rowOf(matrix, at).set(first);
        break;
      }
      rowOf(matrix, at).set(rowOf(matrix, from));
      at = from;
    }
  }
}
