import { evidenceFor, FEATURES, type Candidate, type Evidence } from "./feature.ts";
import { logOdds } from "./forest.ts";
import type { JudgeFile } from "./judge-file.ts";
import type { Knowledge } from "./reading.ts";

/** The judge of a model, with what it looks up. */
export interface Judge extends JudgeFile {
  readonly knowledge: Knowledge;
}

/** What a judge says of a question and the rows that were found for it. */
export interface Judgement extends Evidence {
  /** Chance that the first row means the question, in [0, 1]. */
  readonly chance: number;
}

/**
 * Computes the chance that the first row means the question. Of rows that were found by their vectors: a row that has
 * the question as its text, or as an alias, needs no judge.
 *
 * Costs some 0.1 ms of CPU: it reads the question and the first row, and the letters of nine more. No network runs.
 *
 * @param candidates different texts, nearest first, at least one; ten tell all that is looked at
 * @param wordings aliases of the first row: the wording that speaks for it most counts, of the row's text and the first
 *   ten
 * @example
 * const { chance } = judgeFirst(judge, "怎么退款", [{ text: "如何申请退款？", similarity: 0.91 }]);
 */
export function judgeFirst(
  judge: Judge,
  question: string,
  candidates: readonly Candidate[],
  wordings: readonly string[] = [],
): Judgement {
  const evidenceOf = evidenceFor(question, candidates, judge.knowledge);
  const texts = [candidates[0]!.text, ...wordings.slice(0, MOST_WORDINGS)];
  const all = texts.map((text) => judgeEvidence(judge, evidenceOf(text)));
  return all.reduce((best, each) => (each.chance > best.chance ? each : best));
}

/** More aliases of a row are not read. */
const MOST_WORDINGS = 10;

function judgeEvidence(judge: Judge, evidence: Evidence): Judgement {
  const odds = logOdds(
    judge,
    FEATURES.map((name) => evidence.features[name]!),
  );
  return { ...evidence, chance: 1 / (1 + Math.exp(-odds)) };
}
