import { isRun, pieces } from "../../text/pieces.ts";
import type { WordRow } from "../../text/word-columns.ts";

/** Every word can be cut into these, within it and at its start. */
const CHARACTERS = Array.from("abcdefghijklmnopqrstuvwxyz0123456789");
/** Characters from which a word within another one is a piece: `describe|instances`. */
const LEAST_WITHIN = 3;

/**
 * Rows for the Latin words and numbers of a corpus. Frequent ones are whole, the others are cut into pieces.
 * @param frequencies number of documents that have each word of the corpus
 * @param candidates pieces that are known already, those within a word with `##` before them
 * @param least number of documents that must have a word, or the words that are cut into a piece
 * @returns rows that do not segment; a piece's document frequency is the sum of those of its words
 */
export function pieceRows(
  frequencies: ReadonlyMap<string, number>,
  candidates: Iterable<string>,
  least: number,
): WordRow[] {
  const runs = [...frequencies].filter(([word]) => isRun(word));
  const frequent = runs.filter(([, count]) => count >= least);
  const rare = runs.filter(([, count]) => count < least);
  const within = frequent.flatMap(([word]) => (word.length < LEAST_WITHIN ? [] : `##${word}`));
  const always = CHARACTERS.flatMap((character) => [character, `##${character}`]);
  const words = [...frequent.map(([word]) => word), ...always];
  const count = (known: ReadonlySet<string>) => {
    const counts = new Map([...always.map((piece): [string, number] => [piece, 0]), ...frequent]);
    for (const [word, documents] of rare) {
      for (const piece of new Set(pieces(word, word.length, (each) => known.has(each))))
        counts.set(piece, (counts.get(piece) ?? 0) + documents);
    }
    return counts;
  };
  const first = count(new Set([...candidates, ...within, ...words]));
  const kept = [...first].filter(([, documents]) => documents >= least).map(([piece]) => piece);
  // what a piece that is gone stood for is cut into others now
  return [...count(new Set([...kept, ...words]))].map(([word, documentFrequency]) => ({
    word,
    frequency: 0,
    documentFrequency,
  }));
}
