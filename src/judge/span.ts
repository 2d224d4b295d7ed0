import type { LinearRows } from "./features.ts";

/** N rows of N numbers with the same products as N rows of D numbers, and the way back. They are lower triangular. */
export interface Span {
  readonly rows: LinearRows;
  /** Maps weights for these rows (N) back to weights for the original rows (D). Adds them to `to` at `offset`. */
  spread(numbers: Float64Array, to: Float64Array, offset: number): void;
}

/** A pivot below this is a row that the rows before it make up. */
const NOTHING = 1e-9;

/**
 * Turns N rows of D numbers, N below D, into N rows of N with the same products. A linear model with a squared penalty
 * learns the same from them (the representer theorem: its weights are sums of the rows), at a fraction of the size.
 *
 * The rows are those of the Cholesky factor of the matrix of products. Costs N² / 2 products and N³ / 6
 * multiplications. Source: Schölkopf et al. 2001.
 */
export function spanOf(features: LinearRows): Span {
  const { rows: size, dims } = features;
  const factor = Array.from({ length: size }, (_, row) => new Float64Array(row + 1));
  const dense = new Float64Array(dims);
  for (let column = 0; column < size; column++) {
    features.addTo(column, 1, dense, 0);
    const above = factor[column]!;
    for (let row = column; row < size; row++) {
      const own = factor[row]!;
      let rest = features.product(row, dense, 0);
      for (let at = 0; at < column; at++) rest -= own[at]! * above[at]!;
      if (row === column) own[column] = rest > NOTHING ? Math.sqrt(rest) : 0;
      else own[column] = above[column] === 0 ? 0 : rest / above[column]!;
    }
    dense.fill(0);
  }
  return {
    rows: {
      rows: size,
      dims: size,
      product(row, weights, offset) {
        const own = factor[row]!;
        let sum = 0;
        for (let at = 0; at <= row; at++) sum += own[at]! * weights[offset + at]!;
        return sum;
      },
      addTo(row, scale, sums, offset) {
        const own = factor[row]!;
        for (let at = 0; at <= row; at++) sums[offset + at]! += scale * own[at]!;
      },
    },
    spread(numbers, to, offset) {
      // by how much of each row: the transposed factor, solved from below
      const left = numbers.slice();
      for (let row = size - 1; row >= 0; row--) {
        const own = factor[row]!;
        const share = own[row] === 0 ? 0 : left[row]! / own[row]!;
        for (let at = 0; at < row; at++) left[at]! -= share * own[at]!;
        features.addTo(row, share, to, offset);
      }
    },
  };
}
