import { instantiate, wasmMemory } from "../wasm.ts";

/**
 * Products of one vector with many, by SIMD in WebAssembly. It computes four numbers at a time, JavaScript one.
 *
 * Vectors lie in a memory of its own, each padded with zeros to a whole number of steps.
 */
export class Products {
  readonly #dims: number;
  /** Numbers from one vector to the next. */
  readonly #stride: number;
  readonly #numbers: Float32Array;
  readonly #results: Float32Array;
  readonly #kernel: ProductsExports;

  /** Copies N vectors (N x D, row after row). Throws a RangeError where they take more than 4 GiB. */
  constructor(data: Float32Array, dims: number) {
    const rows = data.length / dims;
    this.#dims = dims;
    this.#stride = Math.ceil(dims / STEP) * STEP;
    const results = (rows + 1) * this.#stride;
    const memory = wasmMemory((results + PRODUCT_ROWS) * Float32Array.BYTES_PER_ELEMENT);
    this.#numbers = new Float32Array(memory.buffer);
    this.#results = new Float32Array(memory.buffer, results * Float32Array.BYTES_PER_ELEMENT, PRODUCT_ROWS);
    for (let row = 0; row < rows; row++) {
      this.#numbers.set(data.subarray(row * dims, (row + 1) * dims), (row + 1) * this.#stride);
    }
    this.#kernel = instantiate<ProductsExports>(memory, ["products"]);
  }

  /**
   * The products of a vector with `count` rows from `first` on, with sums in float32. At most {@link PRODUCT_ROWS}
   * rows. The array is overwritten by the next call.
   */
  of(vector: Float32Array, first: number, count: number): Float32Array {
    const bytes = this.#stride * Float32Array.BYTES_PER_ELEMENT;
    // it lies before the first row
    this.#numbers.set(vector);
    this.#kernel.products(0, (first + 1) * bytes, count, bytes, this.#results.byteOffset);
    return this.#results;
  }

  /** A copy of a row. */
  row(row: number): Float32Array {
    return this.#numbers.slice((row + 1) * this.#stride, (row + 1) * this.#stride + this.#dims);
  }
}

/**
 * Rows that one call multiplies. At 512 dimensions these are 512 KiB, which stay in the cache of a core for the next
 * vector.
 */
export const PRODUCT_ROWS = 256;
/** Numbers that one turn of the inner loop takes. */
const STEP = 16;

/** What `engine/products.ts` exports; addresses and lengths are bytes. */
interface ProductsExports {
  products(vector: number, rows: number, count: number, bytes: number, results: number): void;
}
