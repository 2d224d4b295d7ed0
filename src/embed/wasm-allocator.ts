import { PAGE_BYTES, type WasmMemory } from "../wasm.ts";

/** The compiled module keeps what it needs itself below this address. */
const START = 1024;

/** The part of `engine/student.ts` that writes numbers in another form. */
export interface Packer {
  packMatrix(source: number, rows: number, stride: number, first: number, columns: number, out: number): void;
  widenHalves(source: number, count: number, out: number): void;
}

/**
 * Puts numbers into a WebAssembly memory one after the other, at multiples of 16 bytes. Each method returns their
 * address.
 */
export class Allocator {
  readonly memory: WasmMemory;
  readonly #packer: Packer;
  /** The first address that is free. */
  end = START;

  constructor(memory: WasmMemory, packer: Packer) {
    this.memory = memory;
    this.#packer = packer;
  }

  put(values: Uint8Array | Float32Array | Int32Array): number {
    const address = this.#take(values.byteLength);
    this.#write(values, address);
    return address;
  }

  /** Numbers of half precision, as float32. */
  putHalves(values: Uint8Array): number {
    const count = values.length / 2;
    const address = this.#take(count * Float32Array.BYTES_PER_ELEMENT);
    const [source] = this.#lend(values);
    this.#packer.widenHalves(source!, count, address);
    return address;
  }

  /**
   * K rows, a multiple of 4, by N columns, a multiple of 32, in the blocks that `multiply` reads.
   * @param stride numbers from one row of `source` to the next
   * @param first position of the first row of each column in `source`, N
   */
  putMatrix(matrix: Uint8Array, rows: number, stride: number, first: Int32Array): number {
    const address = this.#take(rows * first.length);
    const [source, firstAt] = this.#lend(matrix, first);
    this.#packer.packMatrix(source!, rows, stride, firstAt!, first.length, address);
    return address;
  }

  /** Writes numbers behind all that was put, where the next ones overwrite them. */
  #lend(...all: (Uint8Array | Int32Array)[]): number[] {
    let at = this.end;
    const addresses = all.map((values) => {
      const address = at;
      at = aligned(at + values.byteLength);
      return address;
    });
    this.#grow(at);
    for (const [index, values] of all.entries()) this.#write(values, addresses[index]!);
    return addresses;
  }

  #write({ buffer, byteOffset, byteLength }: Uint8Array | Float32Array | Int32Array, address: number): void {
    new Uint8Array(this.memory.buffer, address).set(new Uint8Array(buffer, byteOffset, byteLength));
  }

  #take(bytes: number): number {
    const address = this.end;
    this.end = aligned(address + bytes);
    this.#grow(this.end);
    return address;
  }

  #grow(end: number): void {
    const missing = Math.ceil((end - this.memory.buffer.byteLength) / PAGE_BYTES);
    if (missing > 0) this.memory.grow(missing);
  }
}

const aligned = (address: number): number => Math.ceil(address / 16) * 16;
