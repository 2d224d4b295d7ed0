const CONTROL = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\u{fffd}]/gu;
const WHITE_SPACE = /\s+/gu;
const MEANING = /[\p{L}\p{N}]/u;

/**
 * One spelling for equal texts: NFKC (full-width to half-width, ligatures apart), lower case, white space collapsed to one blank and
 * trimmed, and no control, format, private-use or unassigned characters, nor halves of surrogate pairs.
 *
 * Idempotent. Source: Unicode Standard Annex 15 (NFKC).
 */
export function normalize(text: string): string {
  return (
    text
      .toWellFormed()
      .replace(WHITE_SPACE, " ")
      // Before NFKC, as what stood on both sides may combine; tabs and line ends are control characters too, and are blanks by now.
      .replace(CONTROL, "")
      .normalize("NFKC")
      .toLowerCase()
      .normalize("NFKC")
      .replace(WHITE_SPACE, " ")
      .trim()
  );
}

/** Whether a text says anything: it has a letter (Chinese characters are letters) or a digit. Emoji and punctuation alone do not. */
export function hasMeaning(text: string): boolean {
  return MEANING.test(text);
}
