import { oddsOf, sigmoid, type Adjustment } from "./adjustment.ts";
import { stratifiedFolds } from "./folds.ts";
import type { Trial } from "./calibration.ts";
import { minimize } from "./minimize.ts";
import { Random } from "../vector/random.ts";

/** An adjustment that was fitted, and what it is worth. */
export interface FittedAdjustment extends Adjustment {
  /** What was fitted: with too few labels, or where nothing was better, the judge stays as it is. */
  readonly fitted: "nothing" | "offset" | "slope and offset";
  /** Mean log loss of held-out questions, in nats, by the judge and after the fit. The second is never larger. */
  readonly heldOut: { readonly judge: number; readonly adjusted: number };
}

/** Labelled questions needed to fit an offset, and a slope with it. */
const OFFSET_QUESTIONS = 20;
const SLOPE_QUESTIONS = 100;
const FOLDS = 5;
/** Weight of the judge as it is: a number of questions that speak for slope 1 and offset 0. */
const PRIOR = 4;
/**
 * Fits slope and offset of the log odds to labelled questions (Platt 1999). The offset takes 20 of them, both take 100.
 * Takes the fit with the least loss on held-out questions (five folds), if it beats the judge's by more than a standard
 * error of the difference.
 * @param trials scores are chances; those that no judge was asked for are passed over
 * @param labelled how many of them people have labelled; the others stand in for questions without an answer
 */
export function fitAdjustment(trials: readonly Trial[], labelled = trials.length, seed = 1): FittedAdjustment {
  const judged = trials.filter(({ score }) => score > 0 && score < 1);
  const labels = judged.map(({ isRight }) => Number(isRight));
  const kept = [1, 0].map((label) => labels.filter((each) => each === label).length);
  const losses = judged.map((trial) => lossOf(trial, UNADJUSTED));
  const judge = meanOf(judged, losses);
  const unfitted = { ...UNADJUSTED, fitted: "nothing" as const, heldOut: { judge, adjusted: judge } };
  if (labelled < OFFSET_QUESTIONS || Math.min(...kept) < FOLDS) return unfitted;
  const folds = stratifiedFolds(labels, FOLDS, new Random(seed));
  const ways = labelled < SLOPE_QUESTIONS ? (["offset"] as const) : (["offset", "slope and offset"] as const);
  let best: FittedAdjustment = unfitted;
  for (const fitted of ways) {
    const held = heldOutLosses(judged, folds, fitted === "offset");
    const adjusted = meanOf(judged, held);
    const gain = gainOf(judged, losses, held);
    if (gain.mean > gain.error && adjusted < best.heldOut.adjusted)
      best = { ...fit(judged, fitted === "offset"), fitted, heldOut: { judge, adjusted } };
  }
  return best;
}

const UNADJUSTED: Adjustment = { slope: 1, offset: 0 };

function heldOutLosses(trials: readonly Trial[], folds: readonly number[], isOffset: boolean): number[] {
  const losses = trials.map(() => 0);
  for (let fold = 0; fold < FOLDS; fold++) {
    const found = fit(
      trials.filter((_, at) => folds[at] !== fold),
      isOffset,
    );
    trials.forEach((trial, at) => {
      if (folds[at] === fold) losses[at] = lossOf(trial, found);
    });
  }
  return losses;
}

/** Minimises the weighted log loss and the prior. The slope's logarithm is fitted, so that it stays above 0. */
function fit(trials: readonly Trial[], isOffset: boolean): Adjustment {
  const at = new Float64Array(isOffset ? 1 : 2);
  minimize(at, ([offset = 0, logSlope = 0], gradient) => {
    const slope = Math.exp(logSlope);
    let value = (PRIOR / 2) * (offset * offset + logSlope * logSlope);
    gradient[0] = PRIOR * offset;
    if (!isOffset) gradient[1] = PRIOR * logSlope;
    for (const trial of trials) {
      const odds = oddsOf(trial.score);
      value += trial.weight * lossOf(trial, { slope, offset });
      const wrong = trial.weight * (sigmoid(slope * odds + offset) - Number(trial.isRight));
      gradient[0] += wrong;
      if (!isOffset) gradient[1]! += wrong * slope * odds;
    }
    return value;
  });
  return { slope: Math.exp(at[1] ?? 0), offset: at[0]! };
}

function lossOf({ score, isRight }: Trial, { slope, offset }: Adjustment): number {
  const odds = slope * oddsOf(score) + offset;
  return Math.max(0, isRight ? -odds : odds) + Math.log1p(Math.exp(-Math.abs(odds)));
}

function meanOf(trials: readonly Trial[], losses: readonly number[]): number {
  const all = sumOf(trials, ({ weight }) => weight);
  return all === 0 ? 0 : sumOf(trials, ({ weight }, at) => weight * losses[at]!) / all;
}

function sumOf(trials: readonly Trial[], of: (trial: Trial, at: number) => number): number {
  return trials.reduce((sum, trial, at) => sum + of(trial, at), 0);
}

/** How much smaller the second losses are on average, and the standard error of that. */
function gainOf(trials: readonly Trial[], before: readonly number[], after: readonly number[]) {
  const gains = before.map((loss, at) => loss - after[at]!);
  const mean = meanOf(trials, gains);
  const variance = meanOf(
    trials,
    gains.map((gain) => (gain - mean) ** 2),
  );
  const [all, squares] = [sumOf(trials, ({ weight }) => weight), sumOf(trials, ({ weight }) => weight * weight)];
  // Kish's effective number of questions
  return { mean, error: Math.sqrt((variance * squares) / (all * all)) };
}
