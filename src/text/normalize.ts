import { SIMPLIFIED, TRADITIONAL } from "./simplified.ts";

/** What is looked for, a character at a time. */
export const patterns = {
  whiteSpace: /\s/u,
  control: /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\u{fffd}]/u,
  han: /\p{Script=Han}/u,
  meaning: /[\p{L}\p{N}]/u,
} as const;

const CONTROL = new RegExp(patterns.control, "gu");
const WHITE_SPACE = new RegExp(`${patterns.whiteSpace.source}+`, "gu");
/** Three or more ideographs with a blank between each two, as some forms and OCR give them: 怎 么 退 款. */
const SPACED_OUT = /(?<!\S)\p{Script=Han}(?: \p{Script=Han}){2,}(?!\S)/gu;
const TRADITIONAL_CHARACTER = new RegExp(`[${TRADITIONAL}]`, "gu");
const SIMPLIFIED_OF = new Map(Array.from(TRADITIONAL, (character, at) => [character, SIMPLIFIED[at]!]));

/**
 * One spelling for equal texts: NFKC (full-width to half-width, ligatures apart), lower case, white space collapsed to
 * one blank and trimmed, traditional characters simplified one by one, no blanks in a row of single ideographs, and no
 * control, format, private-use or unassigned characters, nor halves of surrogate pairs.
 *
 * Idempotent. Source: Unicode Standard Annex 15 (NFKC); OpenCC (the characters).
 *
 * @example
 * normalize("ＡＢＣ"); // "abc"
 */
export function normalize(text: string): string {
  return (
    text
      .toWellFormed()
      .replace(WHITE_SPACE, " ")
      // Before NFKC, as what stood on both sides may combine; tabs and line ends are control characters too, and are
      // blanks by now.
      .replace(CONTROL, "")
      .normalize("NFKC")
      .toLowerCase()
      .normalize("NFKC")
      .replace(TRADITIONAL_CHARACTER, (character) => SIMPLIFIED_OF.get(character)!)
      .replace(WHITE_SPACE, " ")
      .trim()
      .replace(SPACED_OUT, (spaced) => spaced.replaceAll(" ", ""))
  );
}

/**
 * Whether a text says anything: it has a letter (Chinese characters are letters) or a digit. Emoji and punctuation
 * alone do not.
 *
 * @example
 * hasMeaning("😀！"); // false
 * hasMeaning("退款"); // true
 */
export function hasMeaning(text: string): boolean {
  return patterns.meaning.test(text);
}

/** The letters and digits of a text, normalised. Texts that differ only in punctuation and blanks give the same. */
export function bareText(text: string): string {
  return normalize(text).replaceAll(/[^\p{L}\p{N}]/gu, "");
}
