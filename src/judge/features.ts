import type { Matrix } from "../vector/matrix.ts";
import type { SparseVector } from "./controls.ts";

/** N rows of D numbers, as a linear model uses them: by products and sums only. */
export interface LinearRows {
  readonly rows: number;
  readonly dims: number;
  /** Row i times the D numbers of `weights` from `offset` on. */
  product(row: number, weights: Float64Array, offset: number): number;
  /** Adds row i times `scale` to the D numbers of `sums` from `offset` on. */
  addTo(row: number, scale: number, sums: Float64Array, offset: number): void;
}

/** Rows, dense or sparse, some of which can be picked. */
export interface Features extends LinearRows {
  /** Some of the rows, in this order; nothing is copied. */
  pick(rows: readonly number[]): Features;
}

/** The rows of a matrix; a row of NaN, which a text without a letter or digit gets, counts as zeros. */
export function denseFeatures({ data, dims, rows }: Matrix): Features {
  const clean = data.some((value) => Number.isNaN(value)) ? data.map((value) => value || 0) : data;
  const bind = (order: readonly number[] | undefined, length: number): Features => ({
    rows: length,
    dims,
    product(row, weights, offset) {
      const start = (order?.[row] ?? row) * dims;
      let [a, b] = [0, 0];
      let at = 0;
      // two sums: the processor need not wait for one of them
      for (; at + 1 < dims; at += 2) {
        a += clean[start + at]! * weights[offset + at]!;
        b += clean[start + at + 1]! * weights[offset + at + 1]!;
      }
      return at < dims ? a + b + clean[start + at]! * weights[offset + at]! : a + b;
    },
    addTo(row, scale, sums, offset) {
      const start = (order?.[row] ?? row) * dims;
      for (let at = 0; at < dims; at++) sums[offset + at]! += scale * clean[start + at]!;
    },
    pick: (picked) => bind(order ? picked.map((row) => order[row]!) : picked, picked.length),
  });
  return bind(undefined, rows);
}

/** Sparse rows; `dims` is larger than each of their indices. */
export function sparseFeatures(vectors: readonly SparseVector[], dims: number): Features {
  return {
    rows: vectors.length,
    dims,
    product(row, weights, offset) {
      const { indices, values } = vectors[row]!;
      let sum = 0;
      for (let at = 0; at < indices.length; at++) sum += values[at]! * weights[offset + indices[at]!]!;
      return sum;
    },
    addTo(row, scale, sums, offset) {
      const { indices, values } = vectors[row]!;
      for (let at = 0; at < indices.length; at++) sums[offset + indices[at]!]! += scale * values[at]!;
    },
    pick: (rows) =>
      sparseFeatures(
        rows.map((row) => vectors[row]!),
        dims,
      ),
  };
}

/** The numbers of the first, then those of the second times `scale`. */
export function joinedRows(first: LinearRows, second: LinearRows, scale: number): LinearRows {
  return {
    rows: first.rows,
    dims: first.dims + second.dims,
    product: (row, weights, offset) =>
      first.product(row, weights, offset) + scale * second.product(row, weights, offset + first.dims),
    addTo(row, by, sums, offset) {
      first.addTo(row, by, sums, offset);
      second.addTo(row, by * scale, sums, offset + first.dims);
    },
  };
}
