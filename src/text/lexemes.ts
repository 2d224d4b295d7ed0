import type { StudentInput } from "./encode.ts";
import { hasMeaning } from "./normalize.ts";

/** Two neighbouring letters or digits. */
const PAIR = /(?=([\p{L}\p{N}])([\p{L}\p{N}]))/gu;
/** Most lexemes of a question: each one is a lookup in the index of the words. */
const MOST_ASKED = 512;
/** UTF-16 units of a lexeme: Postgres keeps none of more than 2,046 bytes. */
const LONGEST = 600;

/**
 * The words of a text, and all pairs of neighbouring letters or digits. Pairs skip punctuation and have a blank between
 * them (`退 款`), as no word does; with them, words that the dictionary lacks or segments differently are found by their
 * characters. Each once, the words first.
 * @param words the words of a normalised text, as `encode` gives them
 */
function wordsAndPairs(words: readonly string[]): string[] {
  const pairs = words
    .filter((word) => hasMeaning(word))
    .join("")
    .matchAll(PAIR);
  return [...new Set([...words, ...Array.from(pairs, ([, one, other]) => `${one} ${other}`)])];
}

/**
 * The lexemes that a text is found by. These are its words and pairs of characters, the parts of its names, and its
 * exact tokens with their parts, in quotation marks (`"android_home"`), which no word has.
 * @example
 * const { tables } = await loadModel();
 * const input = encode("E2003 怎么解决", { tables, smoothing: 1, maxChars: 128 });
 * if (input) console.log(lexemes(input)); // the words and tokens that search looks up
 */
export function lexemes({ words, tokens }: Pick<StudentInput, "words" | "tokens">): string[] {
  return [...new Set([...wordsAndPairs(words), ...tokens.words, ...[...tokens.whole, ...tokens.parts].map(quote)])];
}

/**
 * The lexemes that a question searches for, at most 512. These are its words, its exact tokens as a whole, and its
 * pairs. Only those that have a letter or digit, and are no endless strings.
 */
export function askedLexemes({ words, tokens }: Pick<StudentInput, "words" | "tokens">): string[] {
  return [...new Set([...words, ...tokens.words, ...tokens.whole.map(quote), ...wordsAndPairs(words)])]
    .filter((lexeme) => lexeme.length <= LONGEST && hasMeaning(lexeme))
    .slice(0, MOST_ASKED);
}

function quote(token: string): string {
  return `"${token}"`;
}
