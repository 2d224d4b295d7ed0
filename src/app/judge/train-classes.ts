import { getClassifier, saveClassifier } from "../../db/results/classifier.ts";
import type { Database } from "../../db/database.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import type { Embedder } from "../../embed/embedder.ts";
import { LtdError } from "../../errors.ts";
import type { ClassifierMethod } from "../../judge/classifier.ts";
import type { ClassifierReport } from "../../judge/classifier-report.ts";
import type { LabelledTexts } from "../../judge/labelled.ts";
import { trainClassifier, type Candidate } from "../../judge/train-classifier.ts";
import { Random } from "../../vector/random.ts";
import { rowOf } from "../../vector/matrix.ts";
import { readBehind } from "../behind.ts";
import { classInputs } from "./class-inputs.ts";
import { classifyRows } from "./classify-rows.ts";

/** How {@link trainClasses} learns. */
export interface TrainClassesOptions {
  /** Default: the best of all in cross-validation. */
  method?: ClassifierMethod;
  /** Share of the given labels that must be right; rows below that certainty get none. Default 0.9. */
  precision?: number;
  /** Chance below which a row gets no label, in [0, 1], in place of a precision. */
  reject?: number;
  seed?: number;
}

/** What {@link trainClasses} learned. */
export interface TrainClassesResult {
  readonly classifier: string;
  readonly index: string;
  readonly model: string;
  readonly classes: readonly { readonly label: string; readonly examples: number }[];
  /** Examples without a letter or digit: nothing is learned of them. */
  readonly empty: number;
  readonly method: ClassifierMethod;
  readonly candidates: readonly Candidate[];
  readonly threshold: number;
  /** Of the examples, each predicted by what was trained without it. */
  readonly report: ClassifierReport;
  /** Rows of the index that got a class now, or none. */
  readonly classified: number;
  /** Changed rows that wait for `sync`. */
  readonly pending: number;
}

/**
 * Learns classes from examples and gives every row of the index its class, in `ltd.class_<name>`. The classifier is
 * kept under its name. From then on `sync` and `watch` classify new and changed rows, and train again on the same
 * examples when the model or the weights change.
 * @throws LtdError "input" for a class alone or examples without any letter, "index" for a name that cannot be one
 * @example
 * const database = await openDatabase();
 * const embedder = await createEmbedder();
 * const examples = await readLabelledFile("intents.csv", { kind: "classes" });
 * if (examples.kind === "classes")
 *   await trainClasses(database, await getIndex(database, "faq"), embedder, "intents", examples);
 */
export async function trainClasses(
  database: Database,
  index: IndexRecord,
  embedder: Embedder,
  name: string,
  examples: LabelledTexts,
  options: TrainClassesOptions = {},
): Promise<TrainClassesResult> {
  const learnt = await learnClasses(embedder, examples, options);
  await database.transaction((tx) => saveClassifier(tx, index, newClassifier(name, examples, options, learnt)));
  const classified = await classifyRows(database, index, await getClassifier(database, name));
  const { pending } = await readBehind(database, index);
  return { ...describeTrained(name, index, examples, learnt), classified, pending };
}

/** What {@link learnClasses} gives. */
type Learnt = Awaited<ReturnType<typeof learnClasses>>;

/** A classifier as it is saved. */
export function newClassifier(
  name: string,
  { kind: _kind, ...examples }: LabelledTexts,
  options: TrainClassesOptions,
  { trained: { classifier, report } }: Learnt,
): Parameters<typeof saveClassifier>[2] {
  return { ...classifier, name, examples, options: { ...options }, report };
}

/** What was learned, but of no rows yet. */
export function describeTrained(
  name: string,
  index: Pick<IndexRecord, "name" | "modelId">,
  examples: LabelledTexts,
  { trained: { classifier, candidates, report }, empty }: Learnt,
): Omit<TrainClassesResult, "classified" | "pending"> {
  return {
    classifier: name,
    index: index.name,
    model: index.modelId,
    classes: classifier.classes.map((label) => ({
      label,
      examples: examples.labels.filter((given) => given === label).length,
    })),
    empty,
    method: classifier.method,
    candidates,
    threshold: classifier.threshold,
    report,
  };
}

/** Trains a classifier on the examples that have a letter or digit. Throws LtdError "input" for a class alone. */
export async function learnClasses(embedder: Embedder, { texts, labels }: LabelledTexts, options: TrainClassesOptions) {
  for (const share of ["precision", "reject"] as const) {
    const value = options[share];
    if (value !== undefined && !(value >= 0 && value <= 1 && (share === "reject" || (value > 0 && value < 1))))
      throw new LtdError("usage", `${share} is ${value}, but must lie between 0 and 1`);
  }
  const { seed = 1, ...rest } = options;
  const { vectors, lexemes: words } = await classInputs(embedder, texts);
  const usable = [...texts.keys()].filter((row) => !Number.isNaN(rowOf(vectors, row)[0]));
  const classes = [...new Set(usable.map((row) => labels[row]!))].sort();
  if (classes.length < 2) {
    throw new LtdError(
      "input",
      `the examples have ${classes.length === 0 ? "no text with a letter or digit" : `one class only: ${classes[0]}`}`,
      {
        hint: "give some examples of at least two classes, 8 to 32 of each are a good start",
      },
    );
  }
  const numbers = labels.map((label) => classes.indexOf(label));
  const trained = trainClassifier(vectors, numbers, classes, { ...rest, lexemes: words, random: new Random(seed) });
  return { trained, empty: texts.length - usable.length };
}
