import { rowOf, type Matrix } from "../vector/matrix.ts";
import { Top } from "../vector/top.ts";
import { type Hit, requireK, requireLabel, requireUnit, type VectorSearch } from "./vector-search.ts";

/** Rows that stay in the cache of a core while all queries are compared with them: 512 KiB for 512 dimensions. */
const BLOCK_ROWS = 256;

/** Compares with every vector: recall 1, and nothing to build. It is the oracle of what is approximate. */
export class ExactSearch implements VectorSearch {
  readonly method = "exact";
  readonly #vectors: Matrix;

  /** @param vectors N x D, rows of unit length; row i has label i. Throws a RangeError for a row that is not of unit length. */
  constructor(vectors: Matrix) {
    for (let row = 0; row < vectors.rows; row++) requireUnit(rowOf(vectors, row), vectors.dims);
    this.#vectors = vectors;
  }

  get dims(): number {
    return this.#vectors.dims;
  }

  get rows(): number {
    return this.#vectors.rows;
  }

  search(queries: Matrix, k: number): Hit[][] {
    requireK(k);
    const { rows, dims, data } = this.#vectors;
    const each = Array.from({ length: queries.rows }, (_, at) => {
      const query = rowOf(queries, at);
      requireUnit(query, dims);
      return { query, top: new Top(Math.min(k, rows)) };
    });
    for (let start = 0; start < rows; start += BLOCK_ROWS) {
      const end = Math.min(rows, start + BLOCK_ROWS);
      for (const { query, top } of each) {
        for (let row = start; row < end; row++) top.offer(row, dot(query, data, row * dims));
      }
    }
    return each.map(({ top }) => top.take().map(({ label, score }) => ({ label, similarity: clamp(score) })));
  }

  vectorOf(label: number): Float32Array {
    requireLabel(label, this.rows);
    return rowOf(this.#vectors, label).slice();
  }
}

/** Sum of products with the numbers of `data` from `from` on. Four sums that do not wait for each other. */
function dot(query: Float32Array, data: Float32Array, from: number): number {
  const length = query.length;
  const whole = length & ~3;
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let at = 0; at < whole; at += 4) {
    a += query[at]! * data[from + at]!;
    b += query[at + 1]! * data[from + at + 1]!;
    c += query[at + 2]! * data[from + at + 2]!;
    d += query[at + 3]! * data[from + at + 3]!;
  }
  for (let at = whole; at < length; at++) a += query[at]! * data[from + at]!;
  return a + b + c + d;
}

function clamp(cosine: number): number {
  return Math.max(-1, Math.min(1, cosine));
}
