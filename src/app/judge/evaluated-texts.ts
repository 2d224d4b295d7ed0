import type { Embedder } from "../../embed/embedder.ts";
import { characterBag, type SparseVector } from "../../judge/controls.ts";
import { rowOf, type Matrix } from "../../vector/matrix.ts";

/** The vectors of texts, and the controls' bags of characters. */
export class EvaluatedTexts {
  readonly system: string;
  readonly characters: number;
  empty = 0;
  readonly #embedder: Embedder;
  readonly #signal: AbortSignal | undefined;

  constructor(embedder: Embedder, signal: AbortSignal | undefined) {
    this.system = embedder.model.description.id;
    this.characters = embedder.model.tables.characterIds.size + 2;
    this.#embedder = embedder;
    this.#signal = signal;
  }

  async embed(texts: readonly string[]): Promise<{ vectors: Matrix; bags: SparseVector[] }> {
    const inputs = texts.map((text) => this.#embedder.encode(text));
    const vectors = await this.#embedder.embedInputs(inputs, this.#signal && { signal: this.#signal });
    this.empty += inputs.filter((input) => input === undefined).length;
    inputs.forEach((input, row) => input ?? rowOf(vectors, row).fill(0));
    return { vectors, bags: inputs.map((input) => (input ? characterBag(input) : { indices: [], values: [] })) };
  }
}
