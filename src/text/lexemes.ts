import type { StudentInput } from "./encode.ts";
import { hasMeaning } from "./normalize.ts";

/**
 * Most lexemes of a row: those of some 1,500 characters. Each one costs an entry of the words' index, which is most of
 * what a long row costs.
 */
export const MOST_STORED = 1_500;
/** Most lexemes of a question: each one is a lookup in the index of the words. */
const MOST_ASKED = 512;
/** UTF-16 units of a lexeme: Postgres keeps none of more than 2,046 bytes. */
const LONGEST = 600;

/**
 * Adds all pairs of neighbouring letters or digits. Pairs skip punctuation and have a blank between them (`退 款`), as no
 * word does; with them, words that the dictionary lacks or segments differently are found by their characters.
 *
 * @param words the words of a normalised text, as `encode` gives them
 * @param most pairs are added until there are `most` lexemes
 */
function addPairs(lexemes: Set<string>, words: readonly string[], most: number): void {
  let before = "";
  for (const word of words) {
    if (!hasMeaning(word)) continue;
    for (const character of word) {
      const isMeant = hasMeaning(character);
      if (isMeant && before !== "") {
        if (lexemes.size >= most) return;
        lexemes.add(`${before} ${character}`);
      }
      before = isMeant ? character : "";
    }
  }
}

/**
 * Adds all pairs of neighbouring letters or digits. Pairs skip punctuation and have a blank between them (`退 款`), as no
 * word does; with them, words that the dictionary lacks or segments differently are found by their characters.
 *
 * @example
 * const { tables } = await loadModel();
 * const input = encode("E2003 怎么解决", { tables, smoothing: 1, maxChars: 128 });
 * if (input) console.log(lexemes(input)); // the words and tokens that search looks up
 */
export function lexemes({ words, tokens }: Pick<StudentInput, "words" | "tokens">): string[] {
  const stored = new Set([...words, ...tokens.words, ...[...tokens.whole, ...tokens.parts].map(quote)]);
  addPairs(stored, words, MOST_STORED);
  return [...stored];
}

/**
 * The lexemes that a question searches for, at most 512. These are its words, its exact tokens as a whole, and its
 * pairs. Only those that have a letter or digit, and are no endless strings.
 */
export function askedLexemes({ words, tokens }: Pick<StudentInput, "words" | "tokens">): string[] {
  const given = [...words, ...tokens.words, ...tokens.whole.map(quote)];
  const asked = new Set(given.filter((lexeme) => lexeme.length <= LONGEST && hasMeaning(lexeme)));
  addPairs(asked, words, MOST_ASKED);
  return [...asked].slice(0, MOST_ASKED);
}

function quote(token: string): string {
  return `"${token}"`;
}
