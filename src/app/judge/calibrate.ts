import { storeCalibration } from "../../db/indexes/calibration.ts";
import type { Database } from "../../db/database.ts";
import type { Calibration, IndexRecord } from "../../db/index-record.ts";
import type { Embedder } from "../../embed/embedder.ts";
import { LtdError } from "../../errors.ts";
import { operationAt, operationCurve } from "../../judge/calibration.ts";
import type { Operation, Trial } from "../../judge/calibration.ts";
import { adjustChance, type Adjustment } from "../../judge/adjustment.ts";
import { fitAdjustment, type FittedAdjustment } from "../../judge/fit-adjustment.ts";
import { thresholdsOf } from "../thresholds.ts";
import { askTrials, type CalibrationTrials, type TrialOptions } from "./calibration-trials.ts";
import { chooseThresholds, type Promised } from "./choose-thresholds.ts";
import { trialSource, type TrialSource } from "./trial-source.ts";

/** What {@link calibrate} is asked for. */
export interface CalibrateOptions extends TrialOptions {
  /** Share of the answers that must be right, in (0, 1). Default 0.9. */
  precision?: number;
  /** Share of the first suggestions that must be right, in (0, 1). Default 0.7. */
  suggestPrecision?: number;
  /** How sure both are, in [0.5, 1). Default 0.95. */
  confidence?: number;
  /**
   * How far the first row must be before the second, or several to choose from; in [0, 2]. Default: 0; from 300
   * questions on 0, 0.02, 0.05.
   */
  margins?: readonly number[];
  /**
   * Leave the thresholds in force if they do better on these questions. That is, they have the measured precision that
   * is asked for, and answer more than those found, or those found do not have it. Default false. Meant for labels of a
   * journal, which are few, partly wrong, and mostly of hard questions.
   */
  keepGood?: boolean;
  /** Store what was found. Default true. */
  save?: boolean;
}

/** What {@link calibrate} found. */
export interface CalibrateResult {
  readonly index: string;
  readonly generation: number;
  readonly model: string;
  /** Measured with labelled questions; otherwise only false answers could be bounded. */
  readonly isLabelled: boolean;
  readonly asked: Promised;
  readonly questions: {
    readonly answerable: number;
    readonly unanswerable: number;
    /** What the unanswerable ones are. */
    readonly unanswerableAre: "labelled" | "rows and foreign questions";
    /** What they count of all, in [0, 1]. */
    readonly foreignShare: number;
  };
  /**
   * The precision that the stored thresholds keep. It is the one wanted, or the next lower, in steps of 0.05, that some
   * threshold keeps. Null where not even half of the answers can be promised to be right; the model's thresholds stay
   * then. Without labels: what was asked.
   */
  readonly kept: number | null;
  /**
   * What this table makes of the judge's chances, and what that is worth on held-out questions. Null without labels or
   * without a judge.
   */
  readonly adjustment: FittedAdjustment | null;
  /**
   * What the model's own thresholds do with these chances. The best that can be said where no other threshold keeps a
   * promise.
   */
  readonly ofModel: Operation;
  /** What the thresholds do that the index had so far. */
  readonly inForce: Operation;
  /** Whether those stay, see {@link CalibrateOptions.keepGood}. */
  readonly stays: boolean;
  readonly answer: Operation | null;
  readonly suggest: Operation | null;
  /** Thresholds from the highest on, each with what it does, at the margin that was chosen. */
  readonly curve: readonly Operation[];
  /** Changed rows that the index had not seen: what was measured is of the index without them. */
  readonly pending: number;
  readonly saved: boolean;
}

/**
 * Finds the thresholds of an index for a precision, and stores them. The generation and model that they were measured
 * for are stored too.
 *
 * With labelled questions: the lowest threshold whose precision is, with the confidence asked for, at least what is
 * asked, for questions like these. Where all of them have an answer, the table's own rows (each asked with itself left
 * out: the nearest other row is no answer) and foreign questions stand in for those that have none. Without labels
 * there is no precision to measure: at most 1 − `precision` of such stand-ins get an answer (1 − `suggestPrecision` a
 * suggestion).
 *
 * With labels, slope and offset of the judge's log odds are fitted to the table first, where held-out questions say
 * that this is better: see {@link fitAdjustment}. The order of questions stays, and so do the promises. Where no
 * threshold keeps one, the adjusted chances are stored with the model's thresholds.
 *
 * Costs one `match` a question and a look at the nearest row for each sampled row: some milliseconds each.
 * @throws LtdError "usage" for a number out of range, "index" for an index without vectors
 * @example
 * const database = await openDatabase();
 * const index = await getIndex(database, "faq");
 * const embedder = await createEmbedder();
 * const { isLabelled, questions } = await calibrate(database, index, embedder, { precision: 0.95 });
 */
export async function calibrate(
  database: Database,
  index: IndexRecord,
  embedder: Embedder,
  options: CalibrateOptions = {},
): Promise<CalibrateResult> {
  const result = await findThresholds(trialSource(database, index, embedder), options);
  if (result.saved) await storeCalibration(database, index, toStore(index, result));
  return result;
}

/** Finds thresholds, and says whether they are to be stored. */
export async function findThresholds(source: TrialSource, options: CalibrateOptions): Promise<CalibrateResult> {
  const index = source.record;
  const promise = promiseOf(options);
  const asked = await askTrials(source, options);
  const { answerable, areUnanswerableLabelled, foreignShare, cuts } = asked;
  const adjustment =
    answerable > 0 && cuts.areChances ? fitAdjustment(asked.trials, options.questions?.length, options.seed) : null;
  const trials = adjusted(asked.trials, adjustment);
  const { kept, answer, suggest } = chooseThresholds({ trials, answerable }, promise, options.margins);
  const inForce = operationInForce(index, asked);
  const stays = (options.keepGood ?? false) && isBetter(inForce, answer, promise.precision) && answerable > 0;
  return {
    index: index.name,
    generation: index.generation,
    model: index.modelId,
    isLabelled: answerable > 0,
    asked: promise,
    questions: {
      answerable,
      unanswerable: trials.length - answerable,
      unanswerableAre: areUnanswerableLabelled ? "labelled" : "rows and foreign questions",
      foreignShare,
    },
    kept,
    adjustment,
    ofModel: operationAt(trials, cuts.answer, 0),
    inForce,
    stays,
    answer,
    suggest,
    curve: operationCurve(trials, answer?.margin ?? 0),
    pending: await source.pending(),
    saved: (options.save ?? true) && !stays && (answer !== null || isFitted(adjustment)),
  };
}

/** What the thresholds and the adjustment of an index do with questions that were asked of it. */
function operationInForce(index: IndexRecord, { trials, cuts }: CalibrationTrials): Operation {
  const { answer, margin, adjustment } = thresholdsOf(index, { thresholds: cuts });
  return operationAt(adjusted(trials, adjustment), answer, margin);
}

/** Whether the thresholds in force have the measured precision, and those found do not or answer less. */
function isBetter(inForce: Operation, found: Operation | null, precision: number): boolean {
  const isPrecise = (operation: Operation) => operation.precision.value >= precision;
  if (!isPrecise(inForce) || inForce.recall.value === 0) return false;
  return found === null || !isPrecise(found) || inForce.recall.value > found.recall.value;
}

/** What is promised of the thresholds, checked. */
function promiseOf(options: CalibrateOptions): Promised {
  const { precision = 0.9, suggestPrecision = Math.min(0.7, precision), confidence = 0.95, foreignShare } = options;
  requireShare("precision", precision);
  requireShare("suggestPrecision", suggestPrecision);
  requireShare("confidence", confidence, 0.5);
  if (foreignShare !== undefined) requireShare("foreignShare", foreignShare, -Number.EPSILON);
  if (suggestPrecision > precision)
    throw new LtdError(
      "usage",
      `the precision of suggestions (${suggestPrecision}) cannot be above that of answers (${precision})`,
    );
  return { precision, suggestPrecision, confidence };
}

function isFitted(adjustment: FittedAdjustment | null): adjustment is FittedAdjustment {
  return adjustment !== null && adjustment.fitted !== "nothing";
}

function adjusted(trials: readonly Trial[], adjustment: Adjustment | null | undefined): readonly Trial[] {
  if (!adjustment) return trials;
  return trials.map((trial) => ({ ...trial, score: adjustChance(trial.score, adjustment) }));
}

/** What a generation stores of a result. */
export function toStore(index: IndexRecord, result: CalibrateResult): Calibration {
  const { index: _name, generation: _of, model, saved: _saved, ...report } = result;
  const answer = result.answer?.threshold ?? null;
  const { adjustment } = result;
  return {
    at: new Date().toISOString(),
    generation: index.generation,
    model,
    modelChecksum: index.modelChecksum,
    answer,
    suggest: answer === null ? null : (result.suggest?.threshold ?? answer),
    margin: result.answer?.margin ?? null,
    slope: isFitted(adjustment) ? adjustment.slope : null,
    offset: isFitted(adjustment) ? adjustment.offset : null,
    report,
  };
}

function requireShare(name: string, value: number, low = 0): void {
  if (value > low && value < 1) return;
  throw new LtdError("usage", `${name} is ${value}, but must lie between ${Math.max(0, low)} and 1`, {
    hint: "0.9: nine of ten",
  });
}
