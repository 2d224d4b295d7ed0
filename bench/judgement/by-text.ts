import type { Embedder } from "../../src/index.ts";
import { createMatrix, rowOf, type Matrix } from "../../src/vector/matrix.ts";

/** The vectors of texts, each of which is embedded once. */
export class ByText {
  readonly #embedder: Embedder;
  readonly #known = new Map<string, Float32Array>();

  constructor(embedder: Embedder) {
    this.#embedder = embedder;
  }

  /** N vectors of D numbers. */
  async list(texts: readonly string[]): Promise<Float32Array[]> {
    const missing = [...new Set(texts)].filter((text) => !this.#known.has(text));
    if (missing.length > 0) {
      const embedded = await this.#embedder.embed(missing);
      missing.forEach((text, row) => this.#known.set(text, rowOf(embedded, row)));
    }
    return texts.map((text) => this.#known.get(text)!);
  }

  /** N x D. */
  async of(texts: readonly string[]): Promise<Matrix> {
    const vectors = await this.list(texts);
    const matrix = createMatrix(texts.length, this.#embedder.model.description.dims);
    vectors.forEach((vector, row) => rowOf(matrix, row).set(vector));
    return matrix;
  }
}
