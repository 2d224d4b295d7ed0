import { LtdError } from "../errors.ts";

/** A row of the word table. */
export interface WordRow {
  word: string;
  /** Occurrences in the dictionary's own corpus; 0 for a word that is not used to segment (Latin words, numbers). */
  frequency: number;
  /** Number of the corpus's sentences that have the word. */
  documentFrequency: number;
}

const TAB = 9;
const NEWLINE = 10;
const ZERO = 48;
/** The shortest line of `words.tsv` is "x\t0\t0\n". */
const SHORTEST_LINE = 6;

/**
 * N rows of a word table as columns: to make 140,000 objects would take longer than all else that a process does before its first
 * answer. Iterating makes the rows.
 */
export class WordColumns implements Iterable<WordRow> {
  /** N. */
  readonly size: number;
  /** Holds every word in UTF-16; word i is `units.subarray(starts[i], ends[i])`. */
  readonly units: Uint16Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly frequencies: Float64Array;
  readonly documentFrequencies: Float64Array;
  readonly #text: string;

  private constructor(text: string, units: Uint16Array, size: number, columns: ReturnType<typeof allocate>) {
    this.#text = text;
    this.units = units;
    this.size = size;
    this.starts = columns.starts;
    this.ends = columns.ends;
    this.frequencies = columns.frequencies;
    this.documentFrequencies = columns.documentFrequencies;
  }

  /** The columns of rows. */
  static of(rows: readonly WordRow[]): WordColumns {
    const columns = allocate(rows.length);
    let at = 0;
    for (const [row, { word, frequency, documentFrequency }] of rows.entries()) {
      columns.starts[row] = at;
      columns.ends[row] = at += word.length;
      columns.frequencies[row] = frequency;
      columns.documentFrequencies[row] = documentFrequency;
    }
    const text = rows.map(({ word }) => word).join("");
    return new WordColumns(text, unitsOf(text), rows.length, columns);
  }

  /**
   * Reads `words.tsv`: word, frequency, document frequency, separated by tabs. 142,000 lines take some 15 ms.
   *
   * @throws {LtdError} model: names the line that is wrong
   */
  static parse(text: string): WordColumns {
    const units = unitsOf(text === "" || text.endsWith("\n") ? text : `${text}\n`);
    const columns = allocate(Math.ceil(units.length / SHORTEST_LINE));
    const { starts, ends, frequencies, documentFrequencies } = columns;
    let row = 0;
    // one flat loop over numbers, as it runs before V8 has compiled it; every line ends with a newline, so none reads too far
    for (let at = 0; at < units.length; row++, at++) {
      const start = at;
      while (units[at]! > NEWLINE) at++;
      const end = at;
      let [frequency, documentFrequency] = [0, 0];
      let isValid = end > start && units[at] === TAB;
      let digits = ++at;
      for (; units[at]! >= ZERO && units[at]! < ZERO + 10; at++) frequency = frequency * 10 + units[at]! - ZERO;
      isValid &&= at > digits && units[at] === TAB;
      digits = ++at;
      for (; units[at]! >= ZERO && units[at]! < ZERO + 10; at++)
        documentFrequency = documentFrequency * 10 + units[at]! - ZERO;
      isValid &&= at > digits && units[at] === NEWLINE;
      if (!isValid || !Number.isSafeInteger(frequency) || !Number.isSafeInteger(documentFrequency)) {
        throw new LtdError(
          "model",
          `line ${row + 1} of the word table is not "word, frequency, document frequency": ${text.slice(start).split("\n", 1)[0]}`,
        );
      }
      starts[row] = start;
      ends[row] = end;
      frequencies[row] = frequency;
      documentFrequencies[row] = documentFrequency;
    }
    return new WordColumns(text, units, row, columns);
  }

  *[Symbol.iterator](): Generator<WordRow> {
    for (let row = 0; row < this.size; row++) {
      yield {
        word: this.#text.slice(this.starts[row], this.ends[row]),
        frequency: this.frequencies[row]!,
        documentFrequency: this.documentFrequencies[row]!,
      };
    }
  }
}

function allocate(rows: number) {
  return {
    starts: new Uint32Array(rows),
    ends: new Uint32Array(rows),
    frequencies: new Float64Array(rows),
    documentFrequencies: new Float64Array(rows),
  };
}

function unitsOf(text: string): Uint16Array {
  const bytes = Buffer.from(text, "utf16le");
  return new Uint16Array(bytes.buffer, bytes.byteOffset, text.length);
}

/** Writes rows as {@link WordColumns.parse} reads them. */
export function formatWords(rows: Iterable<WordRow>): string {
  let text = "";
  for (const row of rows) text += `${row.word}\t${row.frequency}\t${row.documentFrequency}\n`;
  return text;
}
