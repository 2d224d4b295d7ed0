import type { ClassifierStatus } from "../app/judge/classifiers.ts";
import type { ClassifiedText } from "../app/judge/classify-texts.ts";
import type { EvaluateClassesResult } from "../app/judge/evaluate-classes.ts";
import type { TrainClassesResult } from "../app/judge/train-classes.ts";
import type { ClassifierReport } from "../judge/classifier-report.ts";
import { count, renderPairs } from "./output.ts";
import { renderTable } from "./table.ts";
import { t } from "./language.ts";

/** What was trained, and what was compared for it. */
export function renderTrained(result: TrainClassesResult): string {
  const { classifier, index, classes, empty, method, candidates, threshold, report, classified } = result;
  const { accuracy, macroF1, covered, precision } = report;
  const sizes = classes.map(({ examples }) => examples);
  const pairs = {
    classifier: t`${classifier} of ${index}: ${count(classes.length)} classes of ${Math.min(...sizes)} to ${Math.max(...sizes)} examples`,
    empty: empty > 0 ? t`${count(empty)} examples without a letter or digit` : null,
    method,
    accuracy: t`${percent(accuracy.value)} [${percent(accuracy.low)}, ${percent(accuracy.high)}], macro-F1 ${percent(macroF1)} (x 100, cross-validated)`,
    "no label":
      threshold === 0
        ? t`never`
        : t`below a chance of ${threshold.toFixed(3)}: ${percent(covered.value)} get one, ${percent(precision.value)} of these right`,
    rows: t`${count(classified)} classified, in ltd.class_${classifier}`,
  };
  const tried = candidates.map((candidate) => [
    [
      candidate.method,
      ...(candidate.lexemeScale === null ? [] : [t`words x ${candidate.lexemeScale}`]),
      ...(candidate.strength === null ? [] : [`C = ${candidate.strength}`]),
    ].join(t`, `),
    percent(candidate.accuracy),
    percent(candidate.macroF1),
  ]);
  return `${renderPairs(pairs)}\n\n${renderTable(["method", "accuracy", "macro-F1"], tried)}`;
}

/** How good a classifier is on labelled texts, beside its control. */
export function renderEvaluated({ classes, report, control, unknown }: EvaluateClassesResult): string {
  const { texts, accuracy, macroF1, covered, precision } = report;
  const pairs = {
    texts: count(texts),
    accuracy: t`${percent(accuracy.value)} [${percent(accuracy.low)}, ${percent(accuracy.high)}], macro-F1 ${percent(macroF1)} (x 100)`,
    "with a label": t`${percent(covered.value)}, ${percent(precision.value)} of these right`,
    control: t`char-IDF with logistic regression: ${percent(control.accuracy)}, macro-F1 ${percent(control.macroF1)}`,
    "unknown classes": unknown > 0 ? t`${count(unknown)} texts are of classes without an example` : null,
  };
  return `${renderPairs(pairs)}\n\n${renderConfusion(classes, report)}`;
}

/** For each class, the others that its texts were most often taken for. */
function renderConfusion(classes: readonly string[], { confusion }: ClassifierReport): string {
  const rows = classes.map((name, k) => {
    const all = confusion[k]!.reduce((sum, texts) => sum + texts, 0);
    const wrong = [...confusion[k]!.entries()]
      .filter(([other, times]) => other !== k && times > 0)
      .sort(([, a], [, b]) => b - a)
      .slice(0, 3)
      .map(([other, times]) => `${classes[other]} ${count(times)}`);
    return [name, count(all), count(confusion[k]![k]!), wrong.join(", ")];
  });
  return renderTable(["class", "texts", "right", "taken for"], rows);
}

/** The class of one text, in a line. */
export function renderPrediction({ text, label, best, chance }: ClassifiedText): string {
  const says = label ?? (best === null ? t`none: no letter or digit` : t`none (${best}?)`);
  return `${chance.toFixed(3)}  ${says}  ${text}`;
}

/** A classifier and how many rows it has put where. */
export function renderClassifier({ classifier, index, method, isLive, rows }: ClassifierStatus): string {
  const state = isLive ? method : t`${method}, of another generation: ltd-index sync ${index} trains it again`;
  return [
    t`${classifier} of ${index} (${state})`,
    ...rows.map(({ label, rows: number }) => `  ${count(number)}  ${label ?? t`(none)`}`),
  ].join("\n");
}

function percent(share: number): string {
  return (100 * share).toFixed(1);
}
