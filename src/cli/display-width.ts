/** Characters that take two places on a terminal: Hangul, Han, kana, full-width forms, emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
/** Characters that take none: combining marks, joiners, variation selectors. */
const ZERO = /[\p{Mn}\p{Me}\p{Cf}]/u;

/** Places that a text takes on a terminal; a Chinese character takes two. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += WIDE.test(character) ? 2 : ZERO.test(character) ? 0 : 1;
  return width;
}

/** The text with blanks behind it up to `width` places. */
export function padEnd(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - widthOf(text)));
}

/** The text with blanks in front of it up to `width` places. */
export function padStart(text: string, width: number): string {
  return " ".repeat(Math.max(0, width - widthOf(text))) + text;
}

/** Places between the stops of a tabulator. */
const TAB = 8;

/**
 * The line within `width` places; a tabulator goes on to its next stop. What is too long ends with `…`, which takes two
 * places where the terminal is a Chinese one.
 */
export function cut(line: string, width: number): string {
  let used = 0;
  let kept = "";
  for (const { segment } of new Intl.Segmenter().segment(line)) {
    used += segment === "\t" ? TAB - (used % TAB) : widthOf(segment);
    if (used > width) return `${kept}…`;
    if (used <= width - 2) kept += segment;
  }
  return line;
}

/** Marks that must not begin a line. */
const CLOSING = /^[，。、；：！？）》”’…%]/u;

/**
 * Lines of at most `width` places. Breaks at blanks, and between Chinese characters, but not in front of a closing
 * mark.
 */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const piece of text.match(/ +|[\u2e80-\uffdc]|[^ \u2e80-\uffdc]+/gu) ?? []) {
    if (line.trim() !== "" && widthOf(line) + widthOf(piece.trimEnd()) > width && !CLOSING.test(piece)) {
      lines.push(line.trimEnd());
      line = piece.trimStart();
    } else line += piece;
  }
  return line.trim() === "" ? lines : [...lines, line.trimEnd()];
}
