import type { IndexRecord } from "../db/index-record.ts";
import type { Judge } from "../judge/chance/judge.ts";
import type { ModelDescription } from "../embed/model-package.ts";
import type { Thresholds } from "../judge/decision.ts";

/** The thresholds of an index, and where they come from. */
export interface IndexThresholds extends Thresholds {
  /** `calibrate` has measured them, somebody has set them in `ltd.index`, or they are those of the model. */
  readonly source: "calibrated" | "set" | "model";
  /** Why what was calibrated says little of this index now, in a sentence; null where nothing is wrong. */
  readonly stale: string | null;
}

/** What {@link thresholdsOf} looks at. */
export type ThresholdRecord = Pick<
  IndexRecord,
  "answerThreshold" | "suggestThreshold" | "answerMargin" | "calibration" | "generation" | "modelId" | "modelChecksum"
>;

/** What `match` decides with: the thresholds of the index, and for what it has none those of its model's judge, or of a model without one. */
export function thresholdsOf(
  index: ThresholdRecord,
  { thresholds }: Pick<ModelDescription, "thresholds"> | Pick<Judge, "thresholds">,
): IndexThresholds {
  const { answerThreshold, suggestThreshold, answerMargin, calibration } = index;
  const answer = answerThreshold ?? thresholds.answer;
  const own = answerThreshold !== null || suggestThreshold !== null || answerMargin !== null;
  const isCalibrated =
    own &&
    calibration?.answer === answerThreshold &&
    calibration.suggest === suggestThreshold &&
    calibration.margin === answerMargin;
  return {
    answer,
    suggest: Math.min(answer, suggestThreshold ?? thresholds.suggest),
    margin: answerMargin ?? 0,
    source: isCalibrated ? "calibrated" : own ? "set" : "model",
    stale: whyStale(index),
  };
}

/** Similarity from which `dedupe` takes rows for duplicates: half way from an answer to an equal text, 0.95 for the bundled model. */
export function duplicateThreshold(answer: number): number {
  return (1 + answer) / 2;
}

/** See {@link IndexThresholds.stale}. */
export function whyStale(index: ThresholdRecord): string | null {
  const { calibration, generation, modelId, modelChecksum } = index;
  if (calibration === null || calibration.generation === generation) return null;
  const was = `generation ${calibration.generation} (${calibration.model})`;
  const effect =
    calibration.model === modelId && calibration.modelChecksum === modelChecksum
      ? "which weighs words otherwise; its thresholds are still used"
      : "of another model; its thresholds are not used";
  return `the thresholds were calibrated for ${was}, ${effect}`;
}
