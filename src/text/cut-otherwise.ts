import { type WordWeights, userWords } from "./word-weight.ts";
import type { WordRow } from "./word-columns.ts";

/** Beyond this number of words, reading every row costs no more than looking up each word. */
const MOST_WORDS = 100;

/**
 * Finds the texts that may be segmented differently when user words change from `before` to `after`. Returns a tsquery
 * that their lexemes match (empty: none); undefined for all texts.
 *
 * A text that a word is now cut out of has it as a string. Some lexeme of it covers the word's last character: it
 * begins within the word, or is a word of the dictionary that holds all of it. Some lexeme covers its first character:
 * it ends within the word, or holds it. Words that are no longer user words need not be looked for here: they are
 * lexemes of the texts that have them.
 */
export function cutOtherwise(rows: readonly WordRow[], before: WordWeights, after: WordWeights): string | undefined {
  const known = userWords(before);
  const changed = [...userWords(after)].filter(([word, frequency]) => known.get(word) !== frequency);
  if (changed.length > MOST_WORDS) return undefined;
  const dictionary = [...rows.filter((row) => row.frequency > 0).map((row) => row.word), ...known.keys()];
  return changed.map(([word]) => lexemesAround(word, dictionary)).join(" | ");
}

function lexemesAround(word: string, dictionary: readonly string[]): string {
  const characters = Array.from(word);
  const tails = characters.map((_, at) => characters.slice(at).join(""));
  const heads = characters.map((_, at) => characters.slice(0, at + 1).join(""));
  const within = dictionary.filter((entry) => entry.includes(word));
  const last = [...tails.map((tail) => `${quote(tail)}:*`), ...within.map(quote)];
  const both = [anyOf(last)];
  // letters and digits are joined to lexemes that no dictionary lists
  if (!/^[a-z0-9]/.test(word)) {
    const first = new Set([
      ...heads,
      ...within,
      ...dictionary.filter((word) => heads.some((head) => word.endsWith(head))),
    ]);
    both.push(anyOf([...first].map(quote)));
  }
  return `(${both.join(" & ")})`;
}

function anyOf(operands: readonly string[]): string {
  return `(${operands.join(" | ")})`;
}

function quote(lexeme: string): string {
  return `'${lexeme.replaceAll(/['\\]/g, "$&$&")}'`;
}
