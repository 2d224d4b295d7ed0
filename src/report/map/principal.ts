import { createMatrix, rowOf, type Matrix } from "../../vector/matrix.ts";
import { dot, rowsOf, type MatrixProduct } from "../../vector/product.ts";
import type { Random } from "../../vector/random.ts";

/** Rows that the components are computed of, at most: more change them little. */
const SAMPLE_ROWS = 10_000;
/** Rounds of subspace iteration: the first components are exact to what a drawing shows. */
const ROUNDS = 12;
const PROJECTED_ROWS = 4_096;

/**
 * The rows in the coordinates of their first principal components, the largest first: N x count, centred.
 *
 * Subspace iteration on the covariance of up to 10,000 rows (Halko, Martinsson, Tropp 2011, algorithm 4.4). Costs N x D
 * x count.
 *
 * @param vectors N x D, N >= 1
 * @param count components, at most D are given
 */
export async function principalCoordinates(
  vectors: Matrix,
  count: number,
  multiply: MatrixProduct,
  random: Random,
): Promise<Matrix> {
  const { rows, dims } = vectors;
  const mean = meanOf(vectors);
  const transposed = centredSample(vectors, mean, random);
  const covariance: Matrix = { rows: dims, dims, data: await multiply(transposed, transposed) };
  let basis = createMatrix(Math.min(count, dims), dims);
  for (let at = 0; at < basis.data.length; at++) basis.data[at] = random.next() - 0.5;
  orthonormalize(basis);
  for (let round = 0; round < ROUNDS; round++) {
    basis = { ...basis, data: await multiply(basis, covariance) };
    orthonormalize(basis);
  }
  const coordinates = createMatrix(rows, basis.rows);
  const offset = await multiply(mean, basis);
  for (let start = 0; start < rows; start += PROJECTED_ROWS) {
    const block = rowsOf(vectors, start, Math.min(rows, start + PROJECTED_ROWS));
    coordinates.data.set(await multiply(block, basis), start * basis.rows);
  }
  for (let at = 0; at < coordinates.data.length; at++) coordinates.data[at]! -= offset[at % basis.rows]!;
  return coordinates;
}

function meanOf({ rows, dims, data }: Matrix): Matrix {
  const sum = new Float64Array(dims);
  for (let at = 0; at < data.length; at++) sum[at % dims]! += data[at]!;
  return { rows: 1, dims, data: Float32Array.from(sum, (value) => value / rows) };
}

/** D x (up to 10,000): every row of a sample without the mean, as columns. */
function centredSample(vectors: Matrix, mean: Matrix, random: Random): Matrix {
  const { rows, dims } = vectors;
  const size = Math.min(rows, SAMPLE_ROWS);
  const transposed = createMatrix(dims, size);
  for (let at = 0; at < size; at++) {
    const row = rowOf(vectors, size === rows ? at : random.below(rows));
    for (let dim = 0; dim < dims; dim++) transposed.data[dim * size + at] = row[dim]! - mean.data[dim]!;
  }
  return transposed;
}

/** Gram-Schmidt over the rows, twice, as float32 loses digits. A row that nothing is left of becomes zero. */
function orthonormalize(basis: Matrix): void {
  for (let at = 0; at < basis.rows; at++) {
    const row = rowOf(basis, at);
    for (let pass = 0; pass < 2; pass++) {
      for (let other = 0; other < at; other++) {
        const before = rowOf(basis, other);
        const share = dot(row, before);
        for (let dim = 0; dim < row.length; dim++) row[dim]! -= share * before[dim]!;
      }
      const length = Math.sqrt(dot(row, row));
      for (let dim = 0; dim < row.length; dim++) row[dim] = length > 1e-12 ? row[dim]! / length : 0;
    }
  }
}
