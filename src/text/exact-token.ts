/** A Latin letter, lower case, or a digit. */
const SIGN = "a-z0-9\u{df}-\u{f6}\u{f8}-\u{24f}";
/** A name, code or number: runs of Latin letters and digits, joined by `_`, `-` or `.`. */
const TOKEN = new RegExp(`[${SIGN}]+(?:[_.-]{1,2}[${SIGN}]+)*`, "gu");
/** Where a token is joined. */
const JOINT = /[_.-]+/;
/** Parts of a name by its case: `get|User|Name`, `XML|Http`. Each capital that begins a part, or capitals alone. */
const CASE_PART = /[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g;
/** Characters of the shortest token and part: one letter or digit identifies nothing. */
const SHORTEST = 2;
/** Two digits count something; what identifies has three. */
const COUNT = /^[0-9]{2}$/;

/** The patterns of this file, for SQL. */
export const tokenPatterns = {
  token: TOKEN.source,
  casePart: CASE_PART.source,
  shortest: SHORTEST,
  count: COUNT.source,
} as const;

/** The names, codes and numbers of a text: what must be found as it is written. */
export interface ExactTokens {
  /** As a whole, in lower case, each once: `android_home`, `e2003`, `1.2.3`. */
  readonly whole: readonly string[];
  /** The parts between `_`, `-` and `.` of those that have one: `android`, `home`. */
  readonly parts: readonly string[];
  /** The words that a change of case separates, in lower case: of `getUserName` get, user, name. */
  readonly words: readonly string[];
}

const NONE: ExactTokens = { whole: [], parts: [], words: [] };

/**
 * Finds the exact tokens of a text.
 *
 * @param text as it was given; its case is read
 * @param normalized the same text, normalised
 */
export function exactTokens(text: string, normalized: string): ExactTokens {
  const whole = distinct(normalized.match(TOKEN) ?? []);
  if (whole.length === 0) return NONE;
  const parts = whole.filter((token) => JOINT.test(token)).flatMap((token) => token.split(JOINT));
  const words = (text.normalize("NFKC").match(CASE_PART) ?? []).map((part) => part.toLowerCase());
  return { whole, parts: distinct(parts), words: distinct(words) };
}

function distinct(tokens: readonly string[]): string[] {
  return [...new Set(tokens)].filter((token) => token.length >= SHORTEST && !COUNT.test(token));
}
