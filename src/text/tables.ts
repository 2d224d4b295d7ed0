import { LtdError } from "../errors.ts";
import { inverseDocumentFrequency } from "./weigh.ts";
import { WordTrie, type WordRow } from "./word-trie.ts";

/** Id of every character or word that a table does not have; 0 is padding. */
export const UNKNOWN_ID = 1;
const FIRST_ID = 2;

/** The given tables that text becomes the student's input with. */
export interface TextTables {
  characterIds: ReadonlyMap<string, number>;
  /** The same by UTF-16 unit, {@link UNKNOWN_ID} for those that are no character of the table. */
  unitIds: Int32Array;
  /** The word table: segments, and finds a word's row. */
  words: WordTrie;
  /** IDF of the word in each row. */
  idfs: Float64Array;
  /** IDF of a word that no table has. */
  unknownIdf: number;
  /** How many of the first rows have an embedding of their own in the student. */
  embeddedWords: number;
}

/** Row of a word in the student's word embedding, from its row in the table, or -1 for a word that is not there. */
export function wordId(row: number, { embeddedWords }: TextTables): number {
  return row >= 0 && row < embeddedWords ? FIRST_ID + row : UNKNOWN_ID;
}

/** IDF of a word; undefined for one that the table does not have. */
export function idfOf(word: string, { words, idfs }: TextTables): number | undefined {
  const row = words.find(word);
  return row < 0 ? undefined : idfs[row];
}

/** Reads `chars.txt`: one character a line, the first has id 2. */
export function parseCharacters(text: string): Map<string, number> {
  const ids = new Map<string, number>();
  for (const character of linesOf(text)) ids.set(character, FIRST_ID + ids.size);
  return ids;
}

/** Reads `words.tsv`: word, frequency, document frequency, separated by tabs. Throws an LtdError with the line that is wrong. */
export function parseWords(text: string): WordRow[] {
  const rows: WordRow[] = [];
  // places instead of parts: to split every line would take most of the start of a verb
  for (let at = 0; at < text.length;) {
    const newline = text.indexOf("\n", at);
    const end = newline < 0 ? text.length : newline;
    const first = text.indexOf("\t", at);
    const second = text.indexOf("\t", first + 1);
    const frequency = countIn(text, first + 1, second);
    const documentFrequency = countIn(text, second + 1, end);
    if (first <= at || second < first || frequency < 0 || documentFrequency < 0) {
      throw new LtdError(
        "model",
        `line ${rows.length + 1} of the word table is not "word, frequency, document frequency": ${text.slice(at, end)}`,
      );
    }
    rows.push({ word: text.slice(at, first), frequency, documentFrequency });
    at = end + 1;
  }
  return rows;
}

/** The whole number that stands in decimal digits from one place to another; -1 if anything else does, or if it is not safe. */
function countIn(text: string, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return -1;
    count = count * 10 + digit;
  }
  return start < end && Number.isSafeInteger(count) ? count : -1;
}

/** Writes rows as {@link parseWords} reads them. */
export function formatWords(rows: Iterable<WordRow>): string {
  let text = "";
  for (const row of rows) text += `${row.word}\t${row.frequency}\t${row.documentFrequency}\n`;
  return text;
}

/**
 * Looks-up tables from their rows.
 *
 * @param documents sentences that the document frequencies were counted in
 * @param embeddedWords how many of the first rows have an embedding of their own in the student
 */
export function buildTables(
  characterIds: ReadonlyMap<string, number>,
  rows: readonly WordRow[],
  documents: number,
  embeddedWords: number,
): TextTables {
  const unitIds = new Int32Array(65_536).fill(UNKNOWN_ID);
  for (const [character, id] of characterIds) if (character.length === 1) unitIds[character.charCodeAt(0)] = id;
  return {
    characterIds,
    unitIds,
    words: new WordTrie(rows),
    idfs: Float64Array.from(rows, (row) => inverseDocumentFrequency(documents, row.documentFrequency)),
    unknownIdf: inverseDocumentFrequency(documents, 0),
    embeddedWords,
  };
}

function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}
