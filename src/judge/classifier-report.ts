import type { Prediction } from "./classifier.ts";
import { wilson, type Interval } from "./interval.ts";

/** What was right on texts that were held out. */
export interface ClassifierReport {
  readonly texts: number;
  /** Nothing rejected. */
  readonly accuracy: Interval;
  /** Mean over the classes of the harmonic mean of precision and recall; nothing rejected. */
  readonly macroF1: number;
  /** Share that is not rejected, and how many of these are right. */
  readonly covered: Interval;
  readonly precision: Interval;
  /** K x K: texts of the class of the row that were taken for that of the column. */
  readonly confusion: readonly (readonly number[])[];
}

/** Counts what was right of N predictions. `truth`: N numbers of `classes`; -1 for a text of none of them. */
export function reportOf(
  predictions: readonly Prediction[],
  truth: readonly number[],
  classes: readonly string[],
): ClassifierReport {
  const confusion = classes.map(() => classes.map(() => 0));
  const numbers = new Map(classes.map((name, k) => [name, k]));
  let [right, covered, rightCovered] = [0, 0, 0];
  predictions.forEach(({ label, best }, at) => {
    const actual = truth[at]!;
    const taken = numbers.get(best ?? "");
    if (taken !== undefined && confusion[actual] !== undefined) confusion[actual][taken]!++;
    const isRight = taken === actual;
    right += isRight ? 1 : 0;
    if (label === null) return;
    covered++;
    rightCovered += isRight ? 1 : 0;
  });
  const f1 = classes.flatMap((_, k) => {
    const actual = confusion[k]!.reduce((sum, value) => sum + value, 0);
    const taken = confusion.reduce((sum, row) => sum + row[k]!, 0);
    return actual + taken === 0 ? [] : (2 * confusion[k]![k]!) / (actual + taken);
  });
  const texts = predictions.length;
  return {
    texts,
    accuracy: wilson(right, texts),
    macroF1: f1.reduce((sum, value) => sum + value, 0) / f1.length,
    covered: wilson(covered, texts),
    precision: wilson(rightCovered, covered),
    confusion,
  };
}
