import { LtdError } from "../errors.ts";
import { instantiate, wasmMemory } from "../wasm.ts";

/** A row of the word table. */
export interface WordRow {
  word: string;
  /** Occurrences in the dictionary's own corpus. It is 0 for a word not used to segment (Latin words, numbers). */
  frequency: number;
  /** Number of the corpus's sentences that have the word. */
  documentFrequency: number;
}

/** The shortest line of `words.tsv` is "x\t0\t0\n". */
const SHORTEST_LINE = 6;
const NEWLINE = 10;

/** What `engine/words.ts` exports: addresses, and the number of lines. */
interface WordsExports {
  readWords(
    text: number,
    end: number,
    units: number,
    starts: number,
    frequencies: number,
    documentFrequencies: number,
  ): number;
}

/**
 * N rows of a word table as columns. Making 150,000 objects would take longer than the rest of a process's work before
 * its first answer. Iterating makes the rows.
 */
export class WordColumns implements Iterable<WordRow> {
  /** N. */
  readonly size: number;
  /** The words in UTF-16, one behind the other. Word i is `units.subarray(starts[i], starts[i + 1])`. */
  readonly units: Uint16Array;
  /** N + 1. */
  readonly starts: Uint32Array;
  readonly frequencies: Float64Array;
  readonly documentFrequencies: Float64Array;

  private constructor(columns: Pick<WordColumns, "units" | "starts" | "frequencies" | "documentFrequencies">) {
    this.size = columns.frequencies.length;
    this.units = columns.units;
    this.starts = columns.starts;
    this.frequencies = columns.frequencies;
    this.documentFrequencies = columns.documentFrequencies;
  }

  /** The columns of rows. */
  static of(rows: readonly WordRow[]): WordColumns {
    const starts = new Uint32Array(rows.length + 1);
    for (const [row, { word }] of rows.entries()) starts[row + 1] = starts[row]! + word.length;
    const bytes = Buffer.from(rows.map(({ word }) => word).join(""), "utf16le");
    return new WordColumns({
      units: new Uint16Array(bytes.buffer, bytes.byteOffset, starts.at(-1)),
      starts,
      frequencies: Float64Array.from(rows, ({ frequency }) => frequency),
      documentFrequencies: Float64Array.from(rows, ({ documentFrequency }) => documentFrequency),
    });
  }

  /**
   * Reads `words.tsv`: word, frequency and document frequency, in UTF-8, separated by tabs. Takes some 10 ms for
   * 150,000 lines.
   * @throws {LtdError} model: names the line that is wrong
   */
  static parse(text: Uint8Array): WordColumns {
    const most = Math.ceil((text.length + 1) / SHORTEST_LINE);
    // columns first, so that each stands at a multiple of its width; a unit has at least a byte in UTF-8
    const frequencies = 0;
    const documentFrequencies = frequencies + most * Float64Array.BYTES_PER_ELEMENT;
    const starts = documentFrequencies + most * Float64Array.BYTES_PER_ELEMENT;
    const units = starts + (most + 1) * Uint32Array.BYTES_PER_ELEMENT;
    const lines = units + text.length * Uint16Array.BYTES_PER_ELEMENT;
    const memory = wasmMemory(lines + text.length + 1);
    const { buffer } = memory;
    new Uint8Array(buffer, lines).set(text);
    let end = lines + text.length;
    if (text.length > 0 && text.at(-1) !== NEWLINE) new Uint8Array(buffer)[end++] = NEWLINE;
    const words = instantiate<WordsExports>(memory, ["words"]);
    const rows = words.readWords(lines, end, units, starts, frequencies, documentFrequencies);
    if (rows < 0) throw badLine(text, -1 - rows);
    const bounds = new Uint32Array(buffer, starts, rows + 1).slice();
    return new WordColumns({
      units: new Uint16Array(buffer, units, bounds[rows]).slice(),
      starts: bounds,
      frequencies: new Float64Array(buffer, frequencies, rows).slice(),
      documentFrequencies: new Float64Array(buffer, documentFrequencies, rows).slice(),
    });
  }

  *[Symbol.iterator](): Generator<WordRow> {
    const text = new TextDecoder("utf-16le", { ignoreBOM: true }).decode(this.units);
    for (let row = 0; row < this.size; row++) {
      yield {
        word: text.slice(this.starts[row], this.starts[row + 1]),
        frequency: this.frequencies[row]!,
        documentFrequency: this.documentFrequencies[row]!,
      };
    }
  }
}

function badLine(text: Uint8Array, line: number): LtdError {
  const found = new TextDecoder().decode(text).split("\n", line + 1)[line];
  return new LtdError(
    "model",
    `line ${line + 1} of the word table is not "word, frequency, document frequency": ${found}`,
  );
}

/** Writes rows as {@link WordColumns.parse} reads them. */
export function formatWords(rows: Iterable<WordRow>): string {
  let text = "";
  for (const row of rows) text += `${row.word}\t${row.frequency}\t${row.documentFrequency}\n`;
  return text;
}
