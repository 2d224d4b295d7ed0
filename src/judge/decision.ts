import { adjustChance, type Adjustment } from "./adjustment.ts";
import type { Evidence } from "./chance/feature.ts";
import { judgeFirst, type Judge } from "./chance/judge.ts";

/**
 * What to do with the answers: `answer` gives the first, `suggest` asks "did you mean". With `none`, the table has
 * nothing that means this.
 */
export type Decision = "answer" | "suggest" | "none";

/** What {@link decide} compares with. Chances in [0, 1], or cosines in [-1, 1] for a model without a judge. */
export interface Thresholds {
  /** From which the first row is the answer. */
  readonly answer: number;
  /** From which rows are worth suggesting, at most `answer`. */
  readonly suggest: number;
  /** How much nearer the first row must be than the second to be the answer, in [0, 2]. At 0 a tie is enough. */
  readonly margin: number;
  /** What the table makes of the judge's chances; null or left out: nothing. */
  readonly adjustment?: Adjustment | null;
}

/** A row that may answer the question, as {@link decide} sees it. */
export interface JudgedRow {
  /** Cosine of question and row, in [-1, 1]. */
  readonly similarity: number;
  /**
   * How the row was found. With `exact` or `alias`, the question is its text or one of its aliases, punctuation aside.
   */
  readonly found: "exact" | "alias" | "vector";
  readonly text: string;
}

/** What {@link decide} says. */
export interface Verdict {
  readonly decision: Decision;
  /** Similarity of the first row minus that of the second; null with fewer than two. */
  readonly margin: number | null;
  /**
   * Chance that the first row is right, in [0, 1]; 1 for an alias or an exact hit. Null without a row, or without a
   * judge.
   */
  readonly chance: number | null;
  /** What the judge saw; null where none was asked. */
  readonly evidence: Evidence | null;
}

/**
 * Decides whether the first of the rows answers the question.
 *
 * This is the one definition of the decision. `match` calls it for a database and for a local file; `ltd.match`
 * computes the same in SQL (sql/functions/match.sql), and test/app/functions/match.test.ts compares the two.
 *
 * @param rows of different texts, in the order in which `match` gives them; more rows than it gives, where there are
 *   more
 * @param wordings aliases of the first row
 * @param judge of the model; undefined: thresholds are compared with the similarity of the first row
 * @example
 * const thresholds = { answer: 0.8, suggest: 0.25, margin: 0 };
 * const { decision } = decide("怎么退款", [{ text: "如何退款？", similarity: 0.93, found: "vector" }], thresholds, undefined);
 */
export function decide(
  question: string,
  rows: readonly JudgedRow[],
  thresholds: Thresholds,
  judge: Judge | undefined,
  wordings: readonly string[] = [],
): Verdict {
  const [first, second] = rows;
  if (first === undefined) return { decision: "none", margin: null, chance: null, evidence: null };
  const margin = second === undefined ? null : first.similarity - second.similarity;
  if (first.found !== "vector") return { decision: "answer", margin, chance: 1, evidence: null };
  const judgement = judge && judgeFirst(judge, question, rows, wordings);
  const { adjustment } = thresholds;
  const chance = judgement && (adjustment ? adjustChance(judgement.chance, adjustment) : judgement.chance);
  const score = chance ?? first.similarity;
  const isAhead = margin === null || margin >= thresholds.margin;
  return {
    decision: score < thresholds.suggest ? "none" : score >= thresholds.answer && isAhead ? "answer" : "suggest",
    margin,
    chance: chance ?? null,
    evidence: judgement ?? null,
  };
}
