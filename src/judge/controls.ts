import type { StudentInput } from "../text/encode.ts";

/** A vector of which only some numbers are not zero, and their indices. */
export interface SparseVector {
  readonly indices: readonly number[];
  readonly values: readonly number[];
}

/**
 * An untrained control: the characters of a text as a vector of unit length. Each counts by its weight, a word's IDF
 * over its length. What the student reads, without the student.
 */
export function characterBag({ charIds, weights }: Pick<StudentInput, "charIds" | "weights">): SparseVector {
  const sums = new Map<number, number>();
  charIds.forEach((id, at) => sums.set(id, (sums.get(id) ?? 0) + weights[at]!));
  const norm = Math.hypot(...sums.values());
  return { indices: [...sums.keys()], values: [...sums.values()].map((value) => value / norm) };
}

/** The product of two sparse vectors; of unit length: their cosine. */
export function sparseProduct(first: SparseVector, second: SparseVector): number {
  const values = new Map(first.indices.map((index, at) => [index, first.values[at]!]));
  return second.indices.reduce((sum, index, at) => sum + (values.get(index) ?? 0) * second.values[at]!, 0);
}

/** Rows that many sparse vectors are multiplied with: for each index, the rows that have it. */
export class InvertedRows {
  readonly #rows: number;
  readonly #postings = new Map<number, { row: number; value: number }[]>();

  constructor(rows: readonly SparseVector[]) {
    this.#rows = rows.length;
    rows.forEach(({ indices, values }, row) =>
      indices.forEach((index, at) => {
        const found = this.#postings.get(index);
        if (found) found.push({ row, value: values[at]! });
        else this.#postings.set(index, [{ row, value: values[at]! }]);
      }),
    );
  }

  /** The product with each row. */
  products({ indices, values }: SparseVector): Float32Array {
    const products = new Float32Array(this.#rows);
    indices.forEach((index, at) => {
      for (const { row, value } of this.#postings.get(index) ?? []) products[row]! += value * values[at]!;
    });
    return products;
  }
}

/**
 * Control without training: BM25 over pairs of neighbouring characters, as vectors of a corpus and of questions to it
 * whose products are the scores. A single character stands for itself.
 *
 * Source: Robertson & Zaragoza 2009.
 */
export class BigramBm25 {
  readonly #numbers = new Map<string, number>();
  readonly rows: readonly SparseVector[];

  constructor(corpus: readonly string[], k1 = 1.2, b = 0.75) {
    const counted = corpus.map((text) => count(bigrams(text)));
    const lengths = counted.map((counts) => [...counts.values()].reduce((sum, value) => sum + value, 0));
    const mean = lengths.reduce((sum, value) => sum + value, 0) / corpus.length;
    const frequencies = new Map<string, number>();
    for (const counts of counted)
      for (const unit of counts.keys()) frequencies.set(unit, (frequencies.get(unit) ?? 0) + 1);
    for (const unit of frequencies.keys()) this.#numbers.set(unit, this.#numbers.size);
    const idf = (unit: string) => {
      const frequency = frequencies.get(unit)!;
      return Math.log(1 + (corpus.length - frequency + 0.5) / (frequency + 0.5));
    };
    this.rows = counted.map((counts, row) => ({
      indices: [...counts.keys()].map((unit) => this.#numbers.get(unit)!),
      values: [...counts].map(
        ([unit, times]) => (idf(unit) * times * (k1 + 1)) / (times + k1 * (1 - b + (b * lengths[row]!) / mean)),
      ),
    }));
  }

  /** How often a question has each pair of characters that the corpus has. */
  question(text: string): SparseVector {
    const known = [...count(bigrams(text))].filter(([unit]) => this.#numbers.has(unit));
    return { indices: known.map(([unit]) => this.#numbers.get(unit)!), values: known.map(([, times]) => times) };
  }
}

function bigrams(text: string): string[] {
  const characters = Array.from(text.replaceAll(/\s+/gu, ""));
  const found = characters.slice(1).map((character, at) => characters[at]! + character);
  return found.length > 0 ? found : characters;
}

function count(units: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const unit of units) counts.set(unit, (counts.get(unit) ?? 0) + 1);
  return counts;
}
