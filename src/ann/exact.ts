import { rowOf, type Matrix } from "../vector/matrix.ts";
import { PRODUCT_ROWS, Products } from "../vector/products.ts";
import { Top } from "../vector/top.ts";
import { type VectorHit, requireK, requireLabel, requireUnit, type VectorSearch } from "./vector-search.ts";

/** Most bytes of vectors in one memory: a gigabyte. */
const CHUNK_NUMBERS = 2 ** 28;

/** Compares with every vector: recall 1, and nothing to build. It is the oracle of what is approximate. */
export class ExactSearch implements VectorSearch {
  readonly method = "exact";
  readonly rows: number;
  readonly dims: number;
  readonly #chunks: readonly Products[];
  readonly #chunkRows: number;

  /**
   * @param vectors N x D, rows of unit length, which are copied; row i has label i. Throws a RangeError for a row that
   * is not of unit length.
   */
  constructor({ rows, dims, data }: Matrix) {
    for (let row = 0; row < rows; row++) requireUnit(rowOf({ rows, dims, data }, row), dims);
    this.rows = rows;
    this.dims = dims;
    this.#chunkRows = Math.max(1, Math.floor(CHUNK_NUMBERS / dims));
    this.#chunks = Array.from({ length: Math.ceil(rows / this.#chunkRows) }, (_, chunk) => {
      const size = this.#chunkRows * dims;
      return new Products(data.subarray(chunk * size, (chunk + 1) * size), dims);
    });
  }

  search(queries: Matrix, k: number): VectorHit[][] {
    requireK(k);
    const searches = Array.from({ length: queries.rows }, (_, at) => {
      const query = rowOf(queries, at);
      requireUnit(query, this.dims);
      return { query, top: new Top(Math.min(k, this.rows)) };
    });
    this.#chunks.forEach((products, chunk) => {
      const label = chunk * this.#chunkRows;
      const rows = Math.min(this.#chunkRows, this.rows - label);
      for (let first = 0; first < rows; first += PRODUCT_ROWS) {
        const count = Math.min(PRODUCT_ROWS, rows - first);
        for (const { query, top } of searches) {
          const similarities = products.of(query, first, count);
          for (let row = 0; row < count; row++) top.offer(label + first + row, similarities[row]!);
        }
      }
    });
    return searches.map(({ top }) =>
      top.take().map(({ label, score }) => ({ label, similarity: Math.max(-1, Math.min(1, score)) })),
    );
  }

  vectorOf(label: number): Float32Array {
    requireLabel(label, this.rows);
    return this.#chunks[Math.floor(label / this.#chunkRows)]!.row(label % this.#chunkRows);
  }
}
