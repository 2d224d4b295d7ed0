import { LtdError } from "../errors.ts";
import { WordColumns, type WordRow } from "./word-columns.ts";

const ROOT = 0;
const NO_EDGE = -1;
const UNITS = 65_536;

/**
 * A trie of the rows of a word table, over UTF-16 units. Finds words, and segments a text into the words whose
 * probabilities, frequency over the sum of all, have the largest product. A character that is no word counts as the
 * rarest one; of two ways that are equal, the one that begins with the shorter word is taken. This is how jieba
 * segments without its HMM (cppjieba's MPSegment; the tests compare with it).
 *
 * Its edges are in one hash table (open addressing, linear probing), and a node is the slot of the edge that leads to
 * it: a step is one look into flat memory. Words are entered when a text has their first unit: a process that reads one
 * question enters some hundreds of the 140,000, and saves 50 ms.
 */
export class WordTrie {
  readonly #words: WordColumns;
  readonly #userWords: ReadonlyMap<string, number>;
  #mask = 0;
  /**
   * Two numbers a slot, as they are read together. The key: 1 plus the unit plus 65,536 times the parent's slot, 0 for
   * a free slot, {@link NO_EDGE} for the root. The weight: the logarithm of the probability of the word that ends here,
   * 0 if there is none.
   */
  #slots = new Float64Array(0);
  /**
   * 1 plus the row of the word that ends in each slot, 0 if there is none. Nothing is filled: memory that is not
   * touched costs nothing.
   */
  #rowOf = new Int32Array(0);
  /**
   * The rows sorted by first unit. Those of unit u are `#rows[#rowsFrom[u]]` up to, without, `#rows[#rowsFrom[u + 1]]`.
   */
  #rows = new Uint32Array(0);
  #rowsFrom = new Uint32Array(0);
  /** 1 for the first units whose words were entered. */
  #isEntered = new Uint8Array(0);
  /** Sum of all frequencies. */
  #sum = 0;
  /** Weight of a character that is no word. */
  #unknown = Number.NaN;
  /**
   * From each place of the text on, the largest sum of weights, and where its first word ends. Kept from text to text.
   */
  #best = new Float64Array(256);
  #ends = new Int32Array(256);

  /**
   * @param rows words; those of frequency 0 are found, but not used to cut
   * @param userWords frequencies of words to cut with on top, from 1 on and not below that of a row of the same word.
   *   The probabilities of all other words stay as they are, so that the segmentation of a text changes only where it
   *   contains one of these.
   */
  constructor(rows: WordColumns | readonly WordRow[], userWords: ReadonlyMap<string, number> = new Map()) {
    this.#words = rows instanceof WordColumns ? rows : WordColumns.of(rows);
    this.#userWords = userWords;
  }

  /** How many rows there are. */
  get size(): number {
    return this.#words.size;
  }

  /** The row of a word, or -1. */
  find(word: string): number {
    if (word === "") return -1;
    let node = this.#first(word.charCodeAt(0));
    for (let at = 1; at < word.length && node !== ROOT; at++) node = this.#step(node, word.charCodeAt(at));
    return this.#rowOf[node]! - 1;
  }

  /** Sentences that have the word of a row. */
  documentFrequency(row: number): number {
    return this.#words.documentFrequencies[row]!;
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
      let node = this.#first(unit);
      if (isPair(text, start)) node = this.#step(node, text.charCodeAt(end++));
      const weight = slots[2 * node + 1]!;
      let sum = best[end]! + (weight === 0 ? this.#unknown : weight);
      ends[start] = end;
      while (node !== ROOT && end < length) {
        const next = text.charCodeAt(end);
        if (isSeparator(next)) break;
        node = this.#step(node, next);
        end++;
        const last = slots[2 * node + 1]!;
        if (last !== 0 && best[end]! + last > sum) {
          sum = best[end]! + last;
          ends[start] = end;
        }
      }
      best[start] = sum;
    }
  }

  /** Makes room for all words, and sorts the rows by first unit. */
  #make(): void {
    const { size, units, starts, frequencies } = this.#words;
    const from = new Uint32Array(UNITS + 1);
    let [length, sum, rarest] = [units.length, 0, Number.POSITIVE_INFINITY];
    for (let row = 0; row < size; row++) {
      const frequency = frequencies[row]!;
      sum += frequency;
      if (frequency > 0 && frequency < rarest) rarest = frequency;
      from[units[starts[row]!]! + 1]!++;
    }
    for (const word of this.#userWords.keys()) length += word.length;
    for (let unit = 0; unit < UNITS; unit++) from[unit + 1]! += from[unit]!;
    const next = from.slice();
    const rows = new Uint32Array(size);
    for (let row = 0; row < size; row++) rows[next[units[starts[row]!]!]!++] = row;
    const slots = 2 ** Math.ceil(Math.log2(length + 2)); // words share their beginnings: half of it stays free
    this.#mask = slots - 1;
    this.#slots = new Float64Array(2 * slots);
    this.#slots[ROOT] = NO_EDGE;
    this.#rowOf = new Int32Array(slots);
    [this.#rows, this.#rowsFrom, this.#isEntered] = [rows, from, new Uint8Array(UNITS)];
    [this.#sum, this.#unknown] = [sum, Math.log(rarest / sum)];
  }

  /** Enters the words that begin with a unit. */
  #enter(first: number): void {
    this.#isEntered[first] = 1;
    const { units, starts, frequencies } = this.#words;
    for (let at = this.#rowsFrom[first]!; at < this.#rowsFrom[first + 1]!; at++) {
      const row = this.#rows[at]!;
      let node = ROOT;
      for (let unit = starts[row]!; unit < starts[row + 1]!; unit++) node = this.#add(node, units[unit]!);
      this.#rowOf[node] = row + 1;
      if (frequencies[row]! > 0) this.#slots[2 * node + 1] = this.#weightOf(frequencies[row]!);
    }
    for (const [word, frequency] of this.#userWords) {
      if (word.charCodeAt(0) !== first) continue;
      let node = ROOT;
      for (let at = 0; at < word.length; at++) node = this.#add(node, word.charCodeAt(at));
      this.#slots[2 * node + 1] = this.#weightOf(frequency);
    }
  }

  /** Never 0, also for a word that is all the words there are. */
  #weightOf(frequency: number): number {
    return Math.log(frequency / this.#sum) || -Number.MIN_VALUE;
  }

  /** The node behind an edge; created if it does not exist. */
  #add(node: number, unit: number): number {
    const slot = this.#slot(node, unit);
    this.#slots[2 * slot] = keyOf(node, unit);
    return slot;
  }

  /** The node behind the first unit of a word; the root where no word begins so. */
  #first(unit: number): number {
    if (this.#mask === 0) this.#make();
    if (this.#isEntered[unit] === 0) this.#enter(unit);
    return this.#step(ROOT, unit);
  }

  /** The node behind an edge; the root where there is no such edge. */
  #step(node: number, unit: number): number {
    const slot = this.#slot(node, unit);
    return this.#slots[2 * slot] === 0 ? ROOT : slot;
  }

  /** Where an edge stands, or the free slot where it would. */
  #slot(node: number, unit: number): number {
    const slots = this.#slots;
    const mask = this.#mask;
    const key = keyOf(node, unit);
    const hash = Math.imul(node ^ Math.imul(unit, 0x9e3779b1), 0x85ebca6b);
    let slot = (hash ^ (hash >>> 15)) & mask;
    while (slots[2 * slot] !== key && slots[2 * slot] !== 0) slot = (slot + 1) & mask;
    return slot;
  }
}

const keyOf = (node: number, unit: number): number => node * UNITS + unit + 1;

/** Blanks and the full-width comma and full stop: no word reaches over them. */
const isSeparator = (unit: number): boolean =>
  unit === 0x20 || unit === 0x09 || unit === 0x0a || unit === 0xff0c || unit === 0x3002;

/** Whether one character stands at `at` in two units. */
const isPair = (text: string, at: number): boolean =>
  (text.charCodeAt(at) & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
