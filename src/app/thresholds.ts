import type { IndexRecord } from "../db/index-record.ts";
import type { Judge } from "../judge/chance/judge.ts";
import type { ModelDescription } from "../embed/model-package.ts";
import type { Thresholds } from "../judge/decision.ts";

/** A table of fewer rows is too small a sample to check thresholds with. */
export const FEWEST_CHECKED_ROWS = 50;

/** The thresholds of an index, and where they come from. */
export interface IndexThresholds extends Thresholds {
  /** measured by `calibrate`, set by hand in `ltd.index`, or those of the model. */
  readonly source: "calibrated" | "set" | "model";
  /** Why what was calibrated says little of this index now, in a sentence; null where nothing is wrong. */
  readonly stale: string | null;
}

/** What {@link thresholdsOf} needs. */
export type ThresholdRecord = Pick<
  IndexRecord,
  | "answerThreshold"
  | "suggestThreshold"
  | "answerMargin"
  | "judgeSlope"
  | "judgeOffset"
  | "calibration"
  | "generation"
  | "modelId"
  | "modelChecksum"
>;

/**
 * The thresholds that `match` decides with. Those that the index lacks are those of its model's judge, or of a model
 * without one.
 */
export function thresholdsOf(
  index: ThresholdRecord,
  { thresholds }: Pick<ModelDescription, "thresholds"> | Pick<Judge, "thresholds">,
): IndexThresholds {
  const { answerThreshold, suggestThreshold, answerMargin, judgeSlope, judgeOffset, calibration } = index;
  const answer = answerThreshold ?? thresholds.answer;
  const own = [answerThreshold, suggestThreshold, answerMargin, judgeSlope].some((each) => each !== null);
  const isCalibrated =
    own &&
    calibration?.answer === answerThreshold &&
    calibration.suggest === suggestThreshold &&
    calibration.margin === answerMargin &&
    (calibration.slope ?? null) === judgeSlope;
  return {
    answer,
    suggest: Math.min(answer, suggestThreshold ?? thresholds.suggest),
    margin: answerMargin ?? 0,
    ...(judgeSlope !== null && { adjustment: { slope: judgeSlope, offset: judgeOffset ?? 0 } }),
    source: isCalibrated ? "calibrated" : own ? "set" : "model",
    stale: whyStale(index),
  };
}

/**
 * Similarity from which `dedupe` takes rows for duplicates. Half way from an answer to an equal text: 0.95 for the
 * bundled model.
 */
export function duplicateThreshold(answer: number): number {
  return (1 + answer) / 2;
}

/** See {@link IndexThresholds.stale}. */
export function whyStale(index: ThresholdRecord): string | null {
  const { calibration, generation, modelId, modelChecksum } = index;
  if (calibration === null || calibration.generation === generation) return null;
  if ((calibration.answer ?? calibration.slope ?? null) === null) return null;
  const was = `generation ${calibration.generation} (${calibration.model})`;
  const effect =
    calibration.model === modelId && calibration.modelChecksum === modelChecksum
      ? "with other word weights; its thresholds are still used"
      : "of another model; its thresholds are not used";
  return `the thresholds were calibrated for ${was}, ${effect}`;
}

/** How the thresholds of an index came about, in a sentence; null if they were never checked. */
export function describeCalibration(index: ThresholdRecord): string | null {
  const { answerThreshold, suggestThreshold, calibration } = index;
  if (calibration === null) {
    return answerThreshold === null && suggestThreshold === null
      ? null
      : `set by hand: answer from ${answerThreshold ?? "the model's"}, suggest from ${suggestThreshold ?? "the model's"}`;
  }
  const { byItself, questions, kept } = calibration.report as CalibrationReport;
  const from = calibration.answer === null ? "the model's thresholds" : `answer from ${calibration.answer}`;
  if (byItself === undefined) {
    const labels = questions?.answerable
      ? `${questions.answerable} labelled questions with an answer`
      : "questions without an answer";
    return `${from}, by ${labels}${kept == null ? "" : `, ${Math.round(100 * kept)} % promised`}`;
  }
  const { foreign, otherwise, alike } = byItself;
  return `${from}, checked without labels: ${foreign.answered} of ${foreign.asked} foreign questions answered, ${otherwise.answered} of ${otherwise.asked} made with another meaning, ${alike.answered} of ${alike.asked} made with the same`;
}

/** The part of a stored report that is shown. */
interface CalibrationReport {
  readonly questions?: { readonly answerable: number };
  readonly kept?: number | null;
  readonly byItself?: Record<"foreign" | "otherwise" | "alike", { readonly asked: number; readonly answered: number }>;
}
