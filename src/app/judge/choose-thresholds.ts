import { boundFalseAnswers, chooseThreshold, operationAt, type Operation } from "../../judge/calibration.ts";
import type { CalibrationTrials } from "./calibration-trials.ts";

/** What thresholds are to keep, each in (0, 1). */
export interface Promised {
  /** Share of the answers that are right. */
  readonly precision: number;
  /** Share of the first suggestions that are right. */
  readonly suggestPrecision: number;
  /** How sure both are. */
  readonly confidence: number;
}

/** Questions needed to search for a margin: the search costs some certainty. */
const MARGIN_QUESTIONS = 300;
/**
 * Margins that are looked for. They are fixed before the questions are seen: margins taken from the same questions
 * would break the promise. Picked by hand, not fitted: none, and two that keep apart rows which differ in a word.
 */
const MARGINS = [0, 0.02, 0.05];

/** Steps to a lower precision if no threshold keeps the one wanted. The last is half of the answers right. */
const STEP = 0.05;
const LEAST_PRECISION = 0.5;

/** The thresholds that keep what is promised, or the best that can be promised instead. */
export function chooseThresholds(
  { trials, answerable }: Pick<CalibrationTrials, "trials" | "answerable">,
  { precision, suggestPrecision, confidence }: Promised,
  wanted: readonly number[] | undefined,
): { kept: number | null; answer: Operation | null; suggest: Operation | null } {
  const isLabelled = answerable > 0;
  const margins = wanted ?? (trials.length >= MARGIN_QUESTIONS ? MARGINS : [0]);
  const [kept, answer] = isLabelled
    ? bestPromise(trials, precision, confidence, margins)
    : [precision, boundFalseAnswers(trials, { share: 1 - precision, confidence })];
  const lower = isLabelled
    ? chooseThreshold(trials, { precision: Math.min(suggestPrecision, kept), confidence })
    : boundFalseAnswers(trials, { share: 1 - suggestPrecision, confidence });
  const suggest =
    answer && lower ? operationAt(trials, Math.min(lower.threshold, answer.threshold), 0) : (lower ?? null);
  return { kept: answer ? kept : null, answer: answer ?? null, suggest };
}

/**
 * The threshold for what is asked, or else for the highest lower precision that one keeps. The lower ones share the
 * error that is left when the first has failed evenly, so that the promise holds for whichever is taken.
 */
function bestPromise(
  trials: CalibrationTrials["trials"],
  precision: number,
  confidence: number,
  margins: readonly number[],
): [kept: number, answer: Operation | undefined] {
  const asked = chooseThreshold(trials, { precision, confidence, margins });
  if (asked !== undefined) return [precision, asked];
  const steps = Math.max(1, Math.floor((precision - LEAST_PRECISION) / STEP + 1e-9));
  const each = 1 - (1 - confidence) / steps;
  for (let step = 1; step <= steps; step++) {
    const lower = Number((precision - step * STEP).toFixed(6));
    const found =
      lower >= LEAST_PRECISION ? chooseThreshold(trials, { precision: lower, confidence: each, margins }) : undefined;
    if (found !== undefined) return [lower, found];
  }
  return [precision, undefined];
}
