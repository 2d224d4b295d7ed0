import { storeCalibration } from "../../db/indexes/calibration.ts";
import type { Database } from "../../db/database.ts";
import type { Calibration, IndexRecord } from "../../db/index-record.ts";
import type { Embedder } from "../../embed/embedder.ts";
import { LtdError } from "../../errors.ts";
import { boundFalseAnswers, chooseThreshold, operationAt, operationCurve } from "../../judge/calibration.ts";
import type { Operation, Trial } from "../../judge/calibration.ts";
import { adjustChance } from "../../judge/adjustment.ts";
import { fitAdjustment, type FittedAdjustment } from "../../judge/fit-adjustment.ts";
import { readBehind } from "../behind.ts";
import { askTrials, type CalibrationTrials, type TrialOptions } from "./calibration-trials.ts";

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
  readonly asked: { readonly precision: number; readonly suggestPrecision: number; readonly confidence: number };
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
  readonly answer: Operation | null;
  readonly suggest: Operation | null;
  /** Thresholds from the highest on, each with what it does, at the margin that was chosen. */
  readonly curve: readonly Operation[];
  /** Changed rows that the index had not seen: what was measured is of the index without them. */
  readonly pending: number;
  readonly saved: boolean;
}

/** Questions needed to search for a margin: the search costs some certainty. */
const MARGIN_QUESTIONS = 300;
/**
 * Margins that are looked for. They are fixed before the questions are seen: margins taken from the same questions
 * would break the promise. Picked by hand, not fitted: none, and two that keep apart rows which differ in a word.
 */
const MARGINS = [0, 0.02, 0.05];

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
  const promise = promiseOf(options);
  const asked = await askTrials(database, index, embedder, options);
  const { answerable, areUnanswerableLabelled, foreignShare, cuts } = asked;
  const adjustment =
    answerable > 0 && cuts.areChances ? fitAdjustment(asked.trials, options.questions?.length, options.seed) : null;
  const trials = adjustment === null ? asked.trials : asked.trials.map((trial) => adjusted(trial, adjustment));
  const { kept, answer, suggest } = chooseThresholds({ trials, answerable }, promise, options.margins);
  const { pending } = await readBehind(database, index);
  const result: CalibrateResult = {
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
    answer,
    suggest,
    curve: operationCurve(trials, answer?.margin ?? 0),
    pending,
    saved: (options.save ?? true) && (answer !== null || isFitted(adjustment)),
  };
  if (result.saved) await storeCalibration(database, index, toStore(index, result));
  return result;
}

/** What is promised of the thresholds, checked. */
function promiseOf(options: CalibrateOptions): CalibrateResult["asked"] {
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

/** Steps to a lower precision if no threshold keeps the one wanted. The last is half of the answers right. */
const STEP = 0.05;
const LEAST_PRECISION = 0.5;

function chooseThresholds(
  { trials, answerable }: Pick<CalibrationTrials, "trials" | "answerable">,
  { precision, suggestPrecision, confidence }: CalibrateResult["asked"],
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

function isFitted(adjustment: FittedAdjustment | null): adjustment is FittedAdjustment {
  return adjustment !== null && adjustment.fitted !== "nothing";
}

function adjusted(trial: Trial, adjustment: FittedAdjustment): Trial {
  return { ...trial, score: adjustChance(trial.score, adjustment) };
}

function toStore(index: IndexRecord, result: CalibrateResult): Calibration {
  const { index: _name, generation, model, saved: _saved, ...report } = result;
  const answer = result.answer?.threshold ?? null;
  const { adjustment } = result;
  return {
    at: new Date().toISOString(),
    generation,
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
