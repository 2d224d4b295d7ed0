/** The prefix of a piece that does not begin its word. */
const WITHIN = "##";
/** Characters of a piece at most. */
const LONGEST = 16;

/**
 * A word of letters a-z only, or of digits only. Its parts have meanings, and there are too many such words to list.
 */
const RUN = /^(?:[a-z]+|[0-9]+)$/;

/** Whether a word can be cut into {@link pieces}. */
export function isRun(word: string): boolean {
  return RUN.test(word);
}

/** Whether a word table has pieces: the digit 0 within a number is one in each that does. */
export function hasPieces(has: (piece: string) => boolean): boolean {
  return has(`${WITHIN}0`);
}

/**
 * Cuts a word of letters or digits into known pieces, from its start, the longest first. For example `kubernetes` ->
 * `kube`, `##rnetes`. A character that begins no known piece is a piece by itself.
 * @param most characters that matter: the last piece may reach beyond them
 * @param has whether a piece is known; one within the word begins with `##`
 * @returns for each character up to `most`, the piece that contains it
 * Source: WordPiece, as BERT cuts words (Wu et al. 2016).
 *
 * @example
 * pieces("kubernetes", 128, (piece) => ["kube", "##rnetes"].includes(piece)); // ["kube" x 4, "##rnetes" x 6]
 */
export function pieces(word: string, most: number, has: (piece: string) => boolean): string[] {
  const found: string[] = [];
  const size = Math.min(word.length, most);
  while (found.length < size) {
    const start = found.length;
    const before = start === 0 ? "" : WITHIN;
    let end = Math.min(word.length, start + LONGEST);
    while (end > start + 1 && !has(before + word.slice(start, end))) end--;
    const piece = before + word.slice(start, end);
    for (let at = start; at < Math.min(end, size); at++) found.push(piece);
  }
  return found;
}
