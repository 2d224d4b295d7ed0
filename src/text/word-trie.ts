import { LtdError } from "../errors.ts";

const ROOT = 0;
const FREE = -1;
const NO_EDGE = -2;

/** A row of the word table. */
export interface WordRow {
  word: string;
  /** Occurrences in the dictionary's own corpus; 0 for a word that is not used to segment (Latin words, numbers). */
  frequency: number;
  /** Number of the corpus's sentences that have the word. */
  documentFrequency: number;
}

/**
 * The rows of a word table as a tree over UTF-16 units: finds words, and cuts a text into those whose probabilities, frequency over the
 * sum of all, have the largest product. A character that is no word counts as the rarest one; of two ways that are equal, the one that
 * begins with the shorter word is taken. So cuts jieba without its HMM (cppjieba's MPSegment, which the tests compare it with).
 *
 * Its edges stand in one hash table (open addressing, linear probing), and a node is the slot of the edge that leads to it: a step is
 * one look into flat memory. Made at the first use, which takes some 50 ms.
 */
export class WordTrie {
  readonly #rows: readonly WordRow[];
  readonly #userWords: ReadonlyMap<string, number>;
  #mask = 0;
  /**
   * Two numbers a slot, as they are read together. The key: the parent's slot times 65,536 plus the unit, {@link FREE}, or
   * {@link NO_EDGE} for the root. The weight: the logarithm of the probability of the word that ends here, NaN if there is none.
   */
  #slots = new Float64Array(0);
  /** Row of the word that ends in each slot, -1 if there is none. */
  #rowOf = new Int32Array(0);
  /** Weight of a character that is no word. */
  #unknown = Number.NaN;
  /** From each place of the text on, the largest sum of weights, and where its first word ends. Kept from text to text. */
  #best = new Float64Array(256);
  #ends = new Int32Array(256);

  /**
   * @param rows words; those of frequency 0 are found, but not used to cut
   * @param userWords frequencies of words to cut with on top, from 1 on and not below that of a row of the same word. The probabilities
   *   of all other words stay as they are, so that a text is cut otherwise only where one of these is cut out of it.
   */
  constructor(rows: readonly WordRow[], userWords: ReadonlyMap<string, number> = new Map()) {
    this.#rows = rows;
    this.#userWords = userWords;
  }

  /** How many rows there are. */
  get size(): number {
    return this.#rows.length;
  }

  /** The row of a word, or -1. */
  find(word: string): number {
    if (this.#mask === 0) this.#make();
    let node = this.#step(ROOT, word.charCodeAt(0));
    for (let at = 1; at < word.length && node !== ROOT; at++) node = this.#step(node, word.charCodeAt(at));
    return this.#rowOf[node]!;
  }

  /** The words of a text; their concatenation is the text. Throws an LtdError where no row has a frequency. */
  cut(text: string): string[] {
    if (this.#mask === 0) this.#make();
    if (!Number.isFinite(this.#unknown)) {
      throw new LtdError("model", "the word table has no word with a frequency above 0 to segment with");
    }
    if (text.length >= this.#best.length) {
      this.#best = new Float64Array(2 * text.length);
      this.#ends = new Int32Array(2 * text.length);
    }
    this.#weigh(text);
    const words: string[] = [];
    for (let start = 0; start < text.length; start = this.#ends[start]!) {
      words.push(text.slice(start, this.#ends[start]));
    }
    return words;
  }

  /** Fills `#best` and `#ends`, from the last character to the first. */
  #weigh(text: string): void {
    const length = text.length;
    const [slots, best, ends] = [this.#slots, this.#best, this.#ends];
    best[length] = 0;
    for (let start = length - 1; start >= 0; start--) {
      if (start > 0 && isPair(text, start - 1)) continue;
      const unit = text.charCodeAt(start);
      let end = start + 1;
      if (isSeparator(unit)) {
        best[start] = 0; // what stands before it is cut by itself
        ends[start] = end;
        continue;
      }
      let node = this.#step(ROOT, unit);
      if (isPair(text, start)) node = this.#step(node, text.charCodeAt(end++));
      const weight = slots[2 * node + 1]!;
      let sum = best[end]! + (Number.isNaN(weight) ? this.#unknown : weight);
      ends[start] = end;
      while (node !== ROOT && end < length) {
        const next = text.charCodeAt(end);
        if (isSeparator(next)) break;
        node = this.#step(node, next);
        end++;
        const longer = best[end]! + slots[2 * node + 1]!; // NaN, which is larger than nothing, where no word ends
        if (longer > sum) {
          sum = longer;
          ends[start] = end;
        }
      }
      best[start] = sum;
    }
  }

  #make(): void {
    let units = 0;
    let sum = 0;
    let rarest = Number.POSITIVE_INFINITY;
    for (const { word, frequency } of this.#rows) {
      units += word.length;
      sum += frequency;
      if (frequency > 0) rarest = Math.min(rarest, frequency);
    }
    for (const word of this.#userWords.keys()) units += word.length;
    const size = 2 ** Math.ceil(Math.log2(units + 2)); // words share their beginnings: half of it stays free
    this.#mask = size - 1;
    this.#slots = new Float64Array(2 * size);
    for (let slot = 0; slot < size; slot++) {
      this.#slots[2 * slot] = slot === ROOT ? NO_EDGE : FREE;
      this.#slots[2 * slot + 1] = Number.NaN;
    }
    this.#rowOf = new Int32Array(size).fill(-1);
    this.#unknown = Math.log(rarest / sum);
    for (const [row, { word, frequency }] of this.#rows.entries()) {
      const node = this.#add(word);
      this.#rowOf[node] = row;
      if (frequency > 0) this.#slots[2 * node + 1] = Math.log(frequency / sum);
    }
    for (const [word, frequency] of this.#userWords) this.#slots[2 * this.#add(word) + 1] = Math.log(frequency / sum);
  }

  /** The node of a word, which is made where there is none. */
  #add(word: string): number {
    let node = ROOT;
    for (let at = 0; at < word.length; at++) {
      const slot = this.#slot(node, word.charCodeAt(at));
      this.#slots[2 * slot] = keyOf(node, word.charCodeAt(at));
      node = slot;
    }
    return node;
  }

  /** The node behind an edge; the root where there is no such edge. */
  #step(node: number, unit: number): number {
    const slot = this.#slot(node, unit);
    return this.#slots[2 * slot] === FREE ? ROOT : slot;
  }

  /** Where an edge stands, or the free slot where it would. */
  #slot(node: number, unit: number): number {
    const slots = this.#slots;
    const mask = this.#mask;
    const key = keyOf(node, unit);
    const hash = Math.imul(node ^ Math.imul(unit, 0x9e3779b1), 0x85ebca6b);
    let slot = (hash ^ (hash >>> 15)) & mask;
    while (slots[2 * slot] !== key && slots[2 * slot] !== FREE) slot = (slot + 1) & mask;
    return slot;
  }
}

const keyOf = (node: number, unit: number): number => node * 65_536 + unit;

/** Blanks and the full-width comma and full stop: no word reaches over them. */
const isSeparator = (unit: number): boolean =>
  unit === 0x20 || unit === 0x09 || unit === 0x0a || unit === 0xff0c || unit === 0x3002;

/** Whether one character stands at `at` in two units. */
const isPair = (text: string, at: number): boolean =>
  (text.charCodeAt(at) & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
