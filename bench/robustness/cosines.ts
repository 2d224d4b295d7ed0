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

/** The rows of a corpus, from the nearest of one query to the farthest. */
export interface Ranking {
  rows: Uint32Array;
  /** Angles of the rows in this order. */
  angles: Float32Array;
}

/** Ranks all of the corpus for each query. */
export function rankings(queries: Matrix, corpus: Matrix): Ranking[] {
  return Array.from({ length: queries.rows }, (_, row) => {
    const found = Float32Array.from({ length: corpus.rows }, (__, at) => angle(rowOf(queries, row), rowOf(corpus, at)));
    const rows = Uint32Array.from(found.keys()).sort((a, b) => found[a]! - found[b]!);
    return { rows, angles: Float32Array.from(rows, (at) => found[at]!) };
  });
}

/**
 * The row of the corpus that is nearest to a vector: exact, yet quick where the vector is not far from the one that was ranked. A row
 * cannot be nearer than its angle to that one less the angle between the two (angles on the sphere keep the triangle inequality).
 */
export function nearest(vector: Float32Array, near: Float32Array, { rows, angles }: Ranking, corpus: Matrix): number {
  const moved = angle(vector, near);
  let [best, row] = [Infinity, -1];
  for (let at = 0; at < rows.length && angles[at]! - moved < best + ROUNDING; at++) {
    const found = angle(vector, rowOf(corpus, rows[at]!));
    if (found < best) [best, row] = [found, rows[at]!];
  }
  return row;
}

/** Angles of nearly equal float32 vectors are no more exact than this. */
const ROUNDING = 0.002;

/** NaN for a text without a vector, which so is nearest to nothing. */
function angle(a: Float32Array, b: Float32Array): number {
  return Math.acos(Math.min(1, dot(a, b)));
}

/** Mean and 5 % quantile; undefined of nothing. */
export function nearness(found: readonly number[]): Nearness | undefined {
  if (found.length === 0) return undefined;
  const sorted = found.toSorted((a, b) => a - b);
  const mean = found.reduce((sum, cosine) => sum + cosine, 0) / found.length;
  return { mean, low: sorted[Math.floor(0.05 * sorted.length)]! };
}
