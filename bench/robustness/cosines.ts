import { rowOf, type Matrix } from "../../src/index.ts";

/** How near vectors are, of the texts that a change touches. */
export interface Nearness {
  mean: number;
  /** 5 of 100 are below. */
  low: number;
}

function dot(a: Float32Array, b: Float32Array): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  const end = a.length - (a.length % 4);
  for (let i = 0; i < end; i += 4) {
    s0 += a[i]! * b[i]!;
    s1 += a[i + 1]! * b[i + 1]!;
    s2 += a[i + 2]! * b[i + 2]!;
    s3 += a[i + 3]! * b[i + 3]!;
  }
  for (let i = end; i < a.length; i++) s0 += a[i]! * b[i]!;
  return s0 + s1 + s2 + s3;
}

/** Row by row, the cosines of two matrices of unit vectors. A text without a vector is as far as can be: 0. */
export function cosines(a: Matrix, b: Matrix): number[] {
  return Array.from({ length: a.rows }, (_, row) => {
    const cosine = dot(rowOf(a, row), rowOf(b, row));
    return Number.isNaN(cosine) ? 0 : cosine;
  });
}

/** The row of `corpus` nearest to each of `queries`; -1 for a query without a vector. */
export function nearest(queries: Matrix, corpus: Matrix): number[] {
  return Array.from({ length: queries.rows }, (_, row) => {
    const query = rowOf(queries, row);
    let [best, place] = [-Infinity, -1];
    for (let at = 0; at < corpus.rows; at++) {
      const cosine = dot(query, rowOf(corpus, at));
      if (cosine > best) [best, place] = [cosine, at];
    }
    return place;
  });
}

/** Mean and 5 % quantile; undefined of nothing. */
export function nearness(found: readonly number[]): Nearness | undefined {
  if (found.length === 0) return undefined;
  const sorted = found.toSorted((a, b) => a - b);
  const mean = found.reduce((sum, cosine) => sum + cosine, 0) / found.length;
  return { mean, low: sorted[Math.floor(0.05 * sorted.length)]! };
}
