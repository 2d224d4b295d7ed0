import { normalQuantile, wilson, type Interval } from "./interval.ts";

/** A question that was asked, and whether its best row was right. */
export interface Trial {
  /**
   * Chance that the best row is right; its similarity for a model without a judge. It is -1 where nothing was found.
   */
  readonly score: number;
  /** As `decide` reads it. */
  readonly margin: number | null;
  /** The best row means what was asked. */
  readonly isRight: boolean;
  /** Some row means what was asked. */
  readonly isAnswerable: boolean;
  /** Weight, above 0: under-represented kinds of question weigh more. */
  readonly weight: number;
}

/** What a threshold and a margin do. The intervals have a confidence of 95 %. */
export interface Operation {
  readonly threshold: number;
  readonly margin: number;
  /** Questions that are answered. */
  readonly answered: number;
  /** Share of the answers that are right. */
  readonly precision: Interval;
  /** Share of all questions that are answered. */
  readonly coverage: Interval;
  /** Share of the questions with an answer that get it. */
  readonly recall: Interval;
  /** Share of the questions without an answer that get one. */
  readonly falseAnswers: Interval;
}

/** How {@link chooseThreshold} chooses. */
export interface ChooseOptions {
  /** The precision that is promised, in (0, 1). */
  precision: number;
  /** How sure the promise is, in (0.5, 1); default 0.95. */
  confidence?: number;
  /** Margins to choose from; more of them take some certainty from each. Default: 0. */
  margins?: readonly number[];
}

/** Number of thresholds that are tested. */
const STEPS = 20;
/**
 * Share of the allowed error for each of the two thresholds that the test starts from. Together they have nine tenths,
 * as only they can pass with few questions. The last tenth is for the other thresholds, so that none starts from a
 * level of 0.
 */
const START_SHARE = 0.45;
/**
 * The first start answers as few questions as can pass without a mistake. The second this many times as many, where
 * Wilson's bound lets four be wrong (for a precision of 0.8 to 0.95 and a confidence of 0.95; at twice as many it lets
 * two).
 */
const SECOND_START = 3;

/**
 * The lowest threshold whose precision is at least the one wanted. It holds with this confidence for questions like
 * these; of several margins, the one with the most right answers is taken. Undefined where there is none.
 *
 * What is compared is not the measured precision but Wilson's lower bound of it. The thresholds, from the highest on,
 * are a family of hypotheses tested by the fallback procedure: most of the allowed error goes to two of them, the rest
 * to the others evenly, and what passes hands its share on to the next. So the promise holds for whichever is chosen
 * (Wiens 2003; Learn then Test, Angelopoulos et al. 2021). Unequal weights lower the number of questions to Kish's
 * effective one.
 *
 * N log N.
 */
export function chooseThreshold(trials: readonly Trial[], options: ChooseOptions): Operation | undefined {
  const { precision, confidence = 0.95, margins = [0] } = options;
  const error = (1 - confidence) / margins.length;
  const found = margins.flatMap((margin) => lowest(trials, margin, precision, error) ?? []);
  return found.sort((a, b) => b.recall.value - a.recall.value)[0];
}

function lowest(trials: readonly Trial[], margin: number, precision: number, error: number): Operation | undefined {
  const ahead = sortedAhead(trials, margin);
  const z = normalQuantile(error * START_SHARE);
  // fewer than this many answers cannot pass, were they all right
  const fewest = Math.ceil((z * z * precision) / (1 - precision));
  if (ahead.length < fewest) return undefined;
  const [right, all, squares] = cumulate(ahead);
  let found: number | undefined;
  let carried = 0;
  const ends = stepsOf(ahead, fewest);
  const second = ends.findIndex((end) => end >= SECOND_START * fewest);
  const isStart = (step: number) => step === 0 || step === second;
  const rest = (1 - 2 * START_SHARE) / ends.length;
  for (const [step, end] of ends.entries()) {
    const level = carried + error * (isStart(step) ? START_SHARE : rest);
    const effective = (all[end - 1]! * all[end - 1]!) / squares[end - 1]!;
    const share = right[end - 1]! / all[end - 1]!;
    const passes = wilson(share * effective, effective, normalQuantile(level)).low >= precision;
    if (passes) found = ahead[end - 1]!.score;
    carried = passes ? level : 0;
  }
  return found === undefined ? undefined : operationAt(trials, roundUp(found, trials), margin);
}

/**
 * The lowest threshold that few enough questions without an answer reach. At most this share of them does, with this
 * confidence: all that can be said without labels. Undefined where there are too few such questions to say so.
 */
export function boundFalseAnswers(
  trials: readonly Trial[],
  { share, confidence = 0.95 }: { share: number; confidence?: number },
): Operation | undefined {
  const foreign = sortedAhead(
    trials.filter(({ isAnswerable }) => !isAnswerable),
    0,
  );
  const [, all, squares] = cumulate(foreign);
  const total = all.at(-1) ?? 0;
  const effective = (total * total) / (squares.at(-1) ?? 1);
  const z = normalQuantile(1 - confidence);
  // one more than may pass: the threshold lies above it
  const first = foreign.findIndex((_, at) => wilson((all[at]! / total) * effective, effective, z).high > share);
  if (first < 0 || wilson(0, effective, z).high > share) return undefined;
  return operationAt(trials, roundUp(foreign[first]!.score + 1e-6, trials), 0);
}

/**
 * What a threshold and a margin do to these questions.
 *
 * @example
 * const trials = [{ score: 0.93, margin: 0.1, isRight: true, isAnswerable: true, weight: 1 }];
 * const { answered } = operationAt(trials, 0.9, 0);
 */
export function operationAt(trials: readonly Trial[], threshold: number, margin: number): Operation {
  const isAnswered = (trial: Trial) => trial.score >= threshold && isAhead(trial, margin);
  const answered = trials.filter(isAnswered);
  const answerable = trials.filter(({ isAnswerable }) => isAnswerable);
  const foreign = trials.filter(({ isAnswerable }) => !isAnswerable);
  return {
    threshold,
    margin,
    answered: answered.length,
    precision: shareOf(answered, ({ isRight }) => isRight),
    coverage: shareOf(trials, isAnswered),
    recall: shareOf(answerable, (trial) => trial.isRight && isAnswered(trial)),
    falseAnswers: shareOf(foreign, isAnswered),
  };
}

/**
 * The trade of precision against coverage: up to `points` thresholds, the highest first. From one to the next, the
 * answered questions grow by a constant factor.
 */
export function operationCurve(trials: readonly Trial[], margin: number, points = STEPS): Operation[] {
  const ahead = sortedAhead(trials, margin);
  return stepsOf(ahead, Math.ceil(ahead.length / points), points).map((end) =>
    operationAt(trials, ahead[end - 1]!.score, margin),
  );
}

/**
 * The weighted share of trials for which `holds` is true, with Wilson's interval. It counts the effective number of
 * trials (Kish 1965).
 */
function shareOf(trials: readonly Trial[], holds: (trial: Trial) => boolean): Interval {
  let [hits, all, squares] = [0, 0, 0];
  for (const trial of trials) {
    all += trial.weight;
    squares += trial.weight * trial.weight;
    if (holds(trial)) hits += trial.weight;
  }
  const effective = squares === 0 ? 0 : (all * all) / squares;
  return wilson(all === 0 ? 0 : (hits / all) * effective, effective);
}

function isAhead(trial: Trial, margin: number): boolean {
  return trial.margin === null || trial.margin >= margin;
}

function sortedAhead(trials: readonly Trial[], margin: number): Trial[] {
  return trials.filter((trial) => trial.score > -1 && isAhead(trial, margin)).sort((a, b) => b.score - a.score);
}

/** Sums of weights up to each trial: of the right ones, of all, and of the squares. */
function cumulate(trials: readonly Trial[]): [Float64Array, Float64Array, Float64Array] {
  const sums: [Float64Array, Float64Array, Float64Array] = [
    new Float64Array(trials.length),
    new Float64Array(trials.length),
    new Float64Array(trials.length),
  ];
  let [right, all, squares] = [0, 0, 0];
  trials.forEach(({ isRight, weight }, at) => {
    right += isRight ? weight : 0;
    all += weight;
    squares += weight * weight;
    [sums[0][at], sums[1][at], sums[2][at]] = [right, all, squares];
  });
  return sums;
}

/**
 * How many trials each of `points` thresholds answers, from `fewest` to all. Each answers a constant times more; equal
 * similarities stay together.
 */
function stepsOf(sorted: readonly Trial[], fewest: number, points = STEPS): number[] {
  const ends = new Set<number>();
  for (let step = 0; step < points && sorted.length > 0; step++) {
    let end = Math.min(sorted.length, Math.round(fewest * (sorted.length / fewest) ** (step / (points - 1))));
    while (end < sorted.length && sorted[end]!.score === sorted[end - 1]!.score) end++;
    if (end > 0) ends.add(end);
  }
  return [...ends];
}

/** Four digits, so that a person can type it; upwards, and never past a question that it answers. */
function roundUp(threshold: number, trials: readonly Trial[]): number {
  const rounded = Math.ceil(threshold * 1e4 - 1e-9) / 1e4;
  return trials.some(({ score }) => score >= threshold && score < rounded) ? threshold : rounded;
}
