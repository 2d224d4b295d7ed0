import { hasPieces } from "./pieces.ts";
import { inverseDocumentFrequency } from "./weigh.ts";
import type { WordColumns, WordRow } from "./word-columns.ts";
import { WordTrie } from "./word-trie.ts";

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
  /** Sentences that the document frequencies of the word table were counted in. */
  documents: number;
  /** IDF of a word that no table has. */
  unknownIdf: number;
  /** How many of the first rows have an embedding of their own in the student. */
  embeddedWords: number;
}

/** Row of a word in the student's word embedding, from its row in the table. It is -1 for a word that is not there. */
export function wordId(row: number, { embeddedWords }: TextTables): number {
  return row >= 0 && row < embeddedWords ? FIRST_ID + row : UNKNOWN_ID;
}

/** Whether a Latin word or a number that has no row is read by the pieces that have one. */
export function readsPieces({ words }: TextTables): boolean {
  return hasPieces((piece) => words.find(piece) >= 0);
}

/** IDF of a word; undefined for one that the table does not have. */
export function idfOf(word: string, { words, documents }: TextTables): number | undefined {
  const row = words.find(word);
  return row < 0 ? undefined : inverseDocumentFrequency(documents, words.documentFrequency(row));
}

/** Reads `chars.txt`: one character a line, the first has id 2. */
export function parseCharacters(text: string): Map<string, number> {
  const ids = new Map<string, number>();
  for (const character of linesOf(text)) ids.set(character, FIRST_ID + ids.size);
  return ids;
}

/**
 * Looks-up tables from their rows.
 *
 * @param documents sentences that the document frequencies were counted in
 * @param embeddedWords how many of the first rows have an embedding of their own in the student
 */
export function buildTables(
  characterIds: ReadonlyMap<string, number>,
  words: WordColumns | readonly WordRow[],
  documents: number,
  embeddedWords: number,
): TextTables {
  const unitIds = new Int32Array(65_536).fill(UNKNOWN_ID);
  for (const [character, id] of characterIds) if (character.length === 1) unitIds[character.charCodeAt(0)] = id;
  return {
    characterIds,
    unitIds,
    words: new WordTrie(words),
    documents,
    unknownIdf: inverseDocumentFrequency(documents, 0),
    embeddedWords,
  };
}

function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}
