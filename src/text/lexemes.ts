import { hasMeaning } from "./normalize.ts";

/** Two neighbouring letters or digits. */
const PAIR = /(?=([\p{L}\p{N}])([\p{L}\p{N}]))/gu;
/** A question is asked with so many lexemes at most: each is a look into the index of the words. */
const MOST_ASKED = 512;
/** UTF-16 units of a lexeme: Postgres keeps none of more than 2,046 bytes. */
const LONGEST = 600;

/**
 * What a text is found by: its words, and every two neighbouring letters or digits of it, punctuation left out, with a blank between them
 * (`退 款`), which no word has; so a word that the dictionary does not know, or cuts otherwise elsewhere, is found by its characters. Each
 * once, the words first.
 *
 * @param words the words of a normalised text, as `encode` gives them
 */
export function lexemes(words: readonly string[]): string[] {
  const pairs = words
    .filter((word) => hasMeaning(word))
    .join("")
    .matchAll(PAIR);
  return [...new Set([...words, ...Array.from(pairs, ([, one, other]) => `${one} ${other}`)])];
}

/** The lexemes that a question is asked with: those of {@link lexemes} that have a letter or digit, and are no endless strings, the first 512. */
export function askedLexemes(words: readonly string[]): string[] {
  return lexemes(words)
    .filter((lexeme) => lexeme.length <= LONGEST && hasMeaning(lexeme))
    .slice(0, MOST_ASKED);
}
