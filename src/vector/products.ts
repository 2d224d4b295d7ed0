/**
 * Products of one vector with many, by the SIMD instructions of WebAssembly: four numbers at a time, where JavaScript takes one.
 *
 * Vectors lie in a memory of its own, each padded with zeros to a whole number of steps.
 */
export class Products {
  readonly #dims: number;
  /** Numbers from one vector to the next. */
  readonly #stride: number;
  readonly #numbers: Float32Array;
  readonly #results: Float32Array;
  readonly #run: Kernel;

  /** Copies N vectors (N x D, row after row). Throws a RangeError where they take more than 4 GiB. */
  constructor(data: Float32Array, dims: number) {
    const rows = data.length / dims;
    this.#dims = dims;
    this.#stride = Math.ceil(dims / STEP) * STEP;
    const results = (rows + 1) * this.#stride;
    const pages = Math.ceil(((results + PRODUCT_ROWS) * Float32Array.BYTES_PER_ELEMENT) / PAGE_BYTES);
    const memory = new WebAssembly.Memory({ initial: pages });
    this.#numbers = new Float32Array(memory.buffer);
    this.#results = new Float32Array(memory.buffer, results * Float32Array.BYTES_PER_ELEMENT, PRODUCT_ROWS);
    for (let row = 0; row < rows; row++) {
      this.#numbers.set(data.subarray(row * dims, (row + 1) * dims), (row + 1) * this.#stride);
    }
    this.#run = new WebAssembly.Instance(compiled(), { js: { memory } }).exports["products"] as Kernel;
  }

  /**
   * The products of a vector with those of `count` rows from `first` on, at most {@link PRODUCT_ROWS}, with sums in float32. The array is
   * overwritten by the next call.
   */
  of(vector: Float32Array, first: number, count: number): Float32Array {
    const bytes = this.#stride * Float32Array.BYTES_PER_ELEMENT;
    // it lies before the first row
    this.#numbers.set(vector);
    this.#run(0, (first + 1) * bytes, count, bytes, this.#results.byteOffset);
    return this.#results;
  }

  /** A copy of a row. */
  row(row: number): Float32Array {
    return this.#numbers.slice((row + 1) * this.#stride, (row + 1) * this.#stride + this.#dims);
  }
}

/** Rows whose products are made by one call: 512 KiB of 512 dimensions stay in the cache of a core for the next vector. */
export const PRODUCT_ROWS = 256;
/** Numbers that one turn of the inner loop takes. */
const STEP = 16;
const PAGE_BYTES = 65_536;

type Kernel = (vector: number, rows: number, count: number, bytes: number, results: number) => void;

/** The part of WebAssembly that is used here: the types of Node.js lack it. */
declare const WebAssembly: {
  Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer };
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: Record<string, unknown> };
};

let module: object | undefined;

function compiled(): object {
  return (module ??= new WebAssembly.Module(assemble()));
}

/** The module, assembled here as it is small: see https://webassembly.github.io/spec/core/binary. */
function assemble(): Uint8Array<ArrayBuffer> {
  const [i32, v128] = [0x7f, 0x7b];
  const [vector, rows, count, bytes, results, at, end, sums] = [0, 1, 2, 3, 4, 5, 6, 7];
  const lanes = [0, 1, 2, 3];
  const get = (local: number) => [0x20, local];
  const set = (local: number) => [0x21, local];
  const [add, subtract, isBelow] = [0x6a, 0x6b, 0x49];
  const load = (offset: number) => [0xfd, 0x00, 4, offset];
  const [addLanes, multiplyLanes] = [
    [0xfd, 0xe4, 0x01],
    [0xfd, 0xe6, 0x01],
  ] as const;
  // 64 has a second byte: its first would be read as a sign
  const increase = (local: number, by: readonly number[]) => [...get(local), 0x41, ...by, add, ...set(local)];
  const [loop, again, over] = [[0x03, 0x40], [0x0d, 0], 0x0b] as const;
  const product = (lane: number) => [
    ...get(at),
    ...load(16 * lane),
    ...get(rows),
    ...load(16 * lane),
    ...multiplyLanes,
  ];
  const body = [
    ...loop, // a row a turn
    ...lanes.flatMap((lane) => [0xfd, 0x0c, ...new Uint8Array(16), ...set(sums + lane)]),
    ...get(vector),
    ...set(at),
    ...get(rows),
    ...get(bytes),
    add,
    ...set(end),
    ...loop, // 16 numbers a turn, in four sums that do not wait for each other
    ...lanes.flatMap((lane) => [...get(sums + lane), ...product(lane), ...addLanes, ...set(sums + lane)]),
    ...increase(at, [0xc0, 0x00]),
    ...increase(rows, [0xc0, 0x00]),
    ...get(rows),
    ...get(end),
    isBelow,
    ...again,
    over,
    ...get(sums),
    ...[1, 2, 3].flatMap((lane) => [...get(sums + lane), ...addLanes]),
    ...set(sums),
    ...get(results),
    ...lanes.flatMap((lane) => [...get(sums), 0xfd, 0x1f, lane, ...(lane > 0 ? [0x92] : [])]),
    0x38, // store the sum
    2,
    0,
    ...increase(results, [4]),
    ...get(count),
    0x41,
    1,
    subtract,
    0x22, // keep it, and go on while it is not 0
    count,
    ...again,
    over,
  ];
  const text = (value: string) => [value.length, ...Buffer.from(value)];
  const length = (value: number) => [(value & 0x7f) | 0x80, value >> 7];
  const section = (id: number, content: readonly number[]) => [id, ...length(content.length), ...content];
  const code = [2, 2, i32, 4, v128, ...body, 0x0b];
  const header = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  return Uint8Array.from([
    ...header,
    ...section(1, [1, 0x60, 5, i32, i32, i32, i32, i32, 0]),
    ...section(2, [1, ...text("js"), ...text("memory"), 2, 0, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...text("products"), 0, 0]),
    ...section(10, [1, ...length(code.length), ...code]),
  ]);
}
