/** `answer`: the first answer can be given; `suggest`: ask "did you mean"; `none`: the table has nothing that means this. */
export type Decision = "answer" | "suggest" | "none";

/** What {@link decide} compares with. */
export interface Thresholds {
  /** Similarity from which the nearest row is the answer, in [-1, 1]. */
  readonly answer: number;
  /** Similarity from which rows are worth suggesting, at most `answer`. */
  readonly suggest: number;
  /** How far the nearest row must be before the second to be the answer, in [0, 2]; 0: as near is near enough. */
  readonly margin: number;
}

/** A row that may answer the question, as {@link decide} sees it. */
export interface JudgedRow {
  /** Cosine of question and row, in [-1, 1]. */
  readonly similarity: number;
  /** `exact` and `alias`: the question is the row's text or one of its aliases, but for punctuation and the like. */
  readonly found: "exact" | "alias" | "vector";
  readonly text: string;
}

/** What {@link decide} says. */
export interface Verdict {
  readonly decision: Decision;
  /** Similarity of the first row minus that of the second; null with fewer than two. */
  readonly margin: number | null;
}

/**
 * Decides whether the first of the rows answers the question.
 *
 * This is the one definition of the decision. `match` calls it for a database and for a local file; `ltd.match` computes the same in SQL
 * (sql/functions/match.sql), and test/app/functions/match.test.ts compares the two.
 *
 * @param rows of different texts, in the order in which `match` gives them; more rows than it gives, where there are more
 */
export function decide(rows: readonly JudgedRow[], thresholds: Thresholds): Verdict {
  const [first, second] = rows;
  if (first === undefined) return { decision: "none", margin: null };
  const margin = second === undefined ? null : first.similarity - second.similarity;
  if (first.found !== "vector") return { decision: "answer", margin };
  if (first.similarity < thresholds.suggest) return { decision: "none", margin };
  const isAhead = margin === null || margin >= thresholds.margin;
  return { decision: first.similarity >= thresholds.answer && isAhead ? "answer" : "suggest", margin };
}
