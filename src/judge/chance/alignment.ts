import { dot } from "../../vector/product.ts";
import { excludes, meansSame } from "./lexicon.ts";
import { MOST_IDF, type Reading, type Token } from "./reading.ts";

/** How much of a text's content another text has. All weights are IDFs over {@link MOST_IDF}. */
export interface Coverage {
  /** Share of the content, in [0, 1]. */
  readonly share: number;
  /** The heaviest content token that has no counterpart, and the second, each by what it lacks. */
  readonly worst: number;
  readonly second: number;
  /** Weight of the content tokens without a counterpart. */
  readonly missing: number;
  /** Weight of all content tokens. */
  readonly total: number;
  /** Those without a counterpart. */
  readonly uncovered: readonly Token[];
  /** For each content token, how alike its counterpart is, in [0, 1]. */
  readonly best: readonly number[];
}

/** Similarity below which a token has no counterpart. */
const COUNTERPART = 0.5;
/** Similarity from which on a counterpart counts. */
const UNLIKE = 0.3;

/** Aligns the content of `a` with `b`. */
export function cover(a: Reading, b: Reading): Coverage {
  const best = a.content.map((token) => bestIn(token, b));
  let [total, covered, worst, second, missing] = [0, 0, 0, 0, 0];
  a.content.forEach(({ idf }, at) => {
    const weight = idf / MOST_IDF;
    total += weight;
    covered += weight * Math.min(1, Math.max(0, (best[at]! - UNLIKE) / (1 - UNLIKE)));
    const lack = (1 - best[at]!) * weight;
    if (lack > worst) [worst, second] = [lack, worst];
    else if (lack > second) second = lack;
    if (best[at]! < COUNTERPART) missing += weight;
  });
  return {
    share: total > 0 ? covered / total : 1,
    worst,
    second,
    missing,
    total,
    uncovered: a.content.filter((_, at) => best[at]! < COUNTERPART),
    best,
  };
}

function bestIn(token: Token, { content, normalized }: Reading): number {
  let best = 0;
  for (const other of content) best = Math.max(best, likeness(token, other));
  const isWritten =
    best < 1 && normalized.includes(token.text) && (token.text.length > 1 || token.meanings.length === 0);
  return isWritten ? Math.max(best, WRITTEN) : best;
}

/** What a token is worth that the other text has inside of another word. */
const WRITTEN = 0.95;
const SAME_MEANING = 0.95;
const EXCLUDED = 0.3;

/** How alike two tokens are, in [0, 1]. */
function likeness(a: Token, b: Token): number {
  if (a.text === b.text) return 1;
  if (meansSame(a.meanings, b.meanings)) return SAME_MEANING;
  const cosine = a.vector && b.vector ? Math.max(0, dot(a.vector, b.vector)) : 0;
  if (excludes(a.meanings, b.meanings)) return Math.min(EXCLUDED, cosine);
  return a.isLatin || b.isLatin ? cosine : Math.max(cosine, sharedCharacters(a.text, b.text));
}

/** How alike the characters of two words are: 退费 and 退款 share one of two. Not for Latin letters and digits. */
function sharedCharacters(a: string, b: string): number {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  let shared = 0;
  for (const character of short) if (long.includes(character)) shared++;
  const share = shared / long.length;
  return Math.max(0.9 * share, shared === short.length ? 0.55 + 0.4 * share : 0);
}
