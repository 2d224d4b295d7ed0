import type { ClassifierRecord } from "../../db/results/classifier.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import type { Embedder } from "../../embed/embedder.ts";
import type { Prediction } from "../../judge/classifier.ts";
import { reportOf, type ClassifierReport } from "../../judge/classifier-report.ts";
import { characterBag } from "../../judge/controls.ts";
import { sparseFeatures } from "../../judge/features.ts";
import type { LabelledTexts } from "../../judge/labelled.ts";
import { classChances, trainLogistic } from "../../judge/logistic.ts";
import { classifyTexts } from "./classify-texts.ts";

/** What {@link evaluateClasses} found. */
export interface EvaluateClassesResult {
  readonly classifier: string;
  readonly classes: readonly string[];
  readonly report: ClassifierReport;
  /**
   * A logistic regression (C = 10) on the weighted characters of the same examples, without the model. It rejects
   * nothing.
   */
  readonly control: { readonly system: "char-IDF"; readonly accuracy: number; readonly macroF1: number };
  /** Texts of classes that it was never shown. */
  readonly unknown: number;
}

/**
 * Measures a classifier on labelled texts, beside a control without the model.
 *
 * @example
 * const database = await openDatabase();
 * const embedder = await createEmbedder();
 * const classifier = await getClassifier(database, "intents");
 * const labelled = await readLabelledFile("intents.csv", { kind: "classes" });
 * if (labelled.kind === "classes")
 *   console.log(await evaluateClasses(classifier, await getIndex(database, "faq"), embedder, labelled));
 */
export async function evaluateClasses(
  record: ClassifierRecord,
  index: IndexRecord,
  embedder: Embedder,
  labelled: LabelledTexts,
): Promise<EvaluateClassesResult> {
  const { classes, examples } = record;
  const truth = labelled.labels.map((label) => classes.indexOf(label));
  const predictions = await classifyTexts(record, index, embedder, labelled.texts);
  const dims = embedder.model.tables.characterIds.size + 2;
  const bags = (texts: readonly string[]) =>
    sparseFeatures(
      texts.map((text) => {
        const input = embedder.encode(text);
        return input ? characterBag(input) : { indices: [], values: [] };
      }),
      dims,
    );
  const numbers = examples.labels.map((label) => Math.max(0, classes.indexOf(label)));
  const model = trainLogistic(bags(examples.texts), numbers, classes.length, 10);
  const asked = bags(labelled.texts);
  const guesses = labelled.texts.map((_, row): Prediction => {
    const chances = classChances(model, asked, row);
    const chance = Math.max(...chances);
    const best = classes[chances.indexOf(chance)]!;
    return { label: best, best, chance };
  });
  const { accuracy, macroF1 } = reportOf(guesses, truth, classes);
  return {
    classifier: record.name,
    classes,
    report: reportOf(predictions, truth, classes),
    control: { system: "char-IDF", accuracy: accuracy.value, macroF1 },
    unknown: truth.filter((label) => label < 0).length,
  };
}
