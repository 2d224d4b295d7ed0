import { open, type FileHandle } from "node:fs/promises";
import { requireUnit } from "./vector-search.ts";

/** Vectors that are written together. */
const BLOCK_ROWS = 512;

/** Writes vectors one after another, as float32. */
export class VectorFileWriter {
  readonly #file: FileHandle;
  readonly #dims: number;
  readonly #block: Float32Array;
  #waiting = 0;

  private constructor(file: FileHandle, dims: number) {
    this.#file = file;
    this.#dims = dims;
    this.#block = new Float32Array(BLOCK_ROWS * dims);
  }

  static async create(path: string, dims: number): Promise<VectorFileWriter> {
    return new VectorFileWriter(await open(path, "wx"), dims);
  }

  /** Throws a RangeError for a vector that is not of unit length. */
  async add(vector: Float32Array): Promise<void> {
    requireUnit(vector, this.#dims);
    this.#block.set(vector, this.#waiting);
    this.#waiting += this.#dims;
    if (this.#waiting === this.#block.length) await this.#flush();
  }

  /** Completes the file. */
  async finish(): Promise<void> {
    await this.#flush();
    await this.#file.close();
  }

  /** Closes a file that is not wanted any more. */
  async close(): Promise<void> {
    await this.#file.close().catch(() => {});
  }

  async #flush(): Promise<void> {
    await this.#file.writeFile(new Uint8Array(this.#block.buffer, 0, this.#waiting * Float32Array.BYTES_PER_ELEMENT));
    this.#waiting = 0;
  }
}
