import {
  countClasses,
  deleteClassifier,
  forgetClasses,
  getClassifier,
  isUnseen,
  readClassifiers,
  saveClassifier,
  setClasses,
  type ClassifierRecord,
} from "../../db/results/classifier.ts";
import type { Database } from "../../db/database.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import { getIndex } from "../../db/indexes/index-store.ts";
import { queueStatus } from "../../db/capture/queue.ts";
import { readVectors } from "../../db/entries/vectors.ts";
import type { Embedder } from "../../embed/embedder.ts";
import { LtdError } from "../../errors.ts";
import { predict, type ClassifierMethod, type Prediction } from "../../judge/classifier.ts";
import { reportOf, type ClassifierReport } from "../../judge/classifier-report.ts";
import { trainClassifier, type Candidate } from "../../judge/train-classifier.ts";
import { characterBag } from "../../judge/controls.ts";
import { sparseFeatures } from "../../judge/features.ts";
import type { LabelledTexts } from "../../judge/labelled.ts";
import { classChances, trainLogistic } from "../../judge/logistic.ts";
import { lexemes } from "../../text/lexemes.ts";
import { Random } from "../../vector/random.ts";
import { rowOf } from "../../vector/matrix.ts";

/** How {@link trainClasses} learns. */
export interface TrainClassesOptions {
  /** Default: the best of all in cross-validation. */
  method?: ClassifierMethod;
  /** Share of the labels given that shall be right; what cannot be told so surely gets none. Default 0.9. */
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
  /** Changed rows that `sync` has not come to. */
  readonly pending: number;
}

/** Rows that are written together. */
const WRITE_ROWS = 5000;

/**
 * Learns classes from examples, keeps the classifier under a name, and gives every row of the index its class, in `ltd.class_<name>`. From
 * then on `sync` and `watch` do so for new and changed rows, and learn anew from the same examples when the model or the weights change.
 *
 * @throws LtdError "input" for a class alone or examples without any letter, "index" for a name that cannot be one
 */
export async function trainClasses(
  database: Database,
  index: IndexRecord,
  embedder: Embedder,
  name: string,
  examples: LabelledTexts,
  options: TrainClassesOptions = {},
): Promise<TrainClassesResult> {
  const { trained, empty } = await learn(embedder, examples, options);
  const { classifier, candidates, report } = trained;
  const { kind: _kind, ...kept } = examples;
  await database.transaction((tx) =>
    saveClassifier(tx, index, { ...classifier, name, examples: kept, options: { ...options }, report }),
  );
  const classified = await classifyRows(database, index, await getClassifier(database, name));
  const { pending, leased } = await queueStatus(database, index);
  return {
    classifier: name,
    index: index.name,
    model: index.modelId,
    classes: classifier.classes.map((label) => ({
      label,
      examples: examples.labels.filter((each) => each === label).length,
    })),
    empty,
    method: classifier.method,
    candidates,
    threshold: classifier.threshold,
    report,
    classified,
    pending: pending + leased,
  };
}

async function learn(embedder: Embedder, { texts, labels }: LabelledTexts, options: TrainClassesOptions) {
  for (const share of ["precision", "reject"] as const) {
    const value = options[share];
    if (value !== undefined && !(value >= 0 && value <= 1 && (share === "reject" || (value > 0 && value < 1))))
      throw new LtdError("usage", `${share} is ${value}, but must lie between 0 and 1`);
  }
  const { seed = 1, ...rest } = options;
  const { vectors, lexemes: words } = await read(embedder, texts);
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

/** What a classifier looks at: the vector and the lexemes of each text, as the entry of a row has them. */
async function read(embedder: Embedder, texts: readonly string[]) {
  const inputs = texts.map((text) => embedder.encode(text));
  return {
    vectors: await embedder.embedInputs(inputs),
    lexemes: inputs.map((input) => lexemes(input?.words ?? [])),
  };
}

/**
 * Brings what the classifiers of an index say up to date: rows that are new or changed get their class, rows that are gone lose it. A
 * classifier of another generation is trained anew with the examples that it was given. Without classifiers it costs one query.
 *
 * @returns rows that were classified
 */
export async function refreshClassifiers(
  database: Database,
  index: IndexRecord,
  open: () => Promise<Embedder>,
): Promise<number> {
  if (index.state !== "live") return 0;
  let classified = 0;
  for (const found of await readClassifiers(database, { index: index.name })) {
    let record = found;
    if (record.indexId !== index.id) {
      const examples: LabelledTexts = { kind: "classes", ...record.examples };
      const { classifier, report } = (await learn(await open(), examples, record.options)).trained;
      const { name, options } = record;
      await database.transaction((tx) =>
        saveClassifier(tx, index, { ...classifier, name, examples: record.examples, options, report }),
      );
      record = await getClassifier(database, name);
    }
    classified += await classifyRows(database, index, record);
  }
  return classified;
}

async function classifyRows(database: Database, index: IndexRecord, record: ClassifierRecord): Promise<number> {
  return database.transaction(async (tx) => {
    await tx.query("set transaction isolation level repeatable read");
    await forgetClasses(tx, index, record.name);
    const {
      keys,
      vectors,
      hashes,
      lexemes: said,
    } = await readVectors(tx, index, {
      hashes: true,
      lexemes: record.vocabulary !== null,
      condition: isUnseen(index, record.name),
    });
    for (let start = 0; start < keys.length; start += WRITE_ROWS) {
      const rows = keys.slice(start, start + WRITE_ROWS).map((key, at) => {
        const row = start + at;
        const { label, chance } = predict(record, rowOf(vectors, row), said[row]!.split("\n"));
        return { key, label, chance, hash: hashes[row]! };
      });
      await setClasses(tx, index, record.name, rows);
    }
    return keys.length;
  });
}

/** A text and what a classifier says of it. */
export interface ClassifiedText extends Prediction {
  readonly text: string;
}

/**
 * The classes of texts that need not be in the index.
 *
 * @throws LtdError "index" for a classifier of another generation than the live one
 */
export async function classifyTexts(
  record: ClassifierRecord,
  index: IndexRecord,
  embedder: Embedder,
  texts: readonly string[],
): Promise<ClassifiedText[]> {
  requireLive(record, index);
  const { vectors, lexemes: words } = await read(embedder, texts);
  return texts.map((text, row) => ({ text, ...predict(record, rowOf(vectors, row), words[row]) }));
}

/** What {@link evaluateClasses} found. */
export interface EvaluateClassesResult {
  readonly classifier: string;
  readonly classes: readonly string[];
  readonly report: ClassifierReport;
  /** A logistic regression (C = 10) on the weighted characters of the same examples, without the model; it rejects nothing. */
  readonly control: { readonly system: "char-IDF"; readonly accuracy: number; readonly macroF1: number };
  /** Texts of classes that it was never shown. */
  readonly unknown: number;
}

/** Measures a classifier on labelled texts, beside a control without the model. */
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

/** A classifier and what it has said. */
export interface ClassifierStatus {
  readonly classifier: string;
  readonly index: string;
  readonly method: ClassifierMethod;
  readonly threshold: number;
  readonly trainedAt: Date;
  /** False after a change of model or weights, until the next `sync`. */
  readonly isLive: boolean;
  /** Rows by class, most first; null: it could not tell. */
  readonly rows: readonly { readonly label: string | null; readonly rows: number }[];
}

/** All classifiers. */
export async function listClassifiers(database: Database): Promise<ClassifierStatus[]> {
  const found: ClassifierStatus[] = [];
  for (const record of await readClassifiers(database)) {
    const { name, indexName, method, threshold, trainedAt } = record;
    const isLive = (await getIndex(database, indexName)).id === record.indexId;
    const rows = await countClasses(database, name);
    found.push({ classifier: name, index: indexName, method, threshold, trainedAt, isLive, rows });
  }
  return found;
}

/** Takes a classifier away, with the table of what it has said. Throws LtdError "index" when there is none of this name. */
export async function dropClassifier(database: Database, name: string): Promise<void> {
  await getClassifier(database, name);
  await database.transaction((tx) => deleteClassifier(tx, name));
}

function requireLive({ name, indexId }: ClassifierRecord, index: IndexRecord): void {
  if (indexId === index.id) return;
  throw new LtdError("index", `the classifier ${name} is of another generation of ${index.name}`, {
    hint: `ltd-index sync ${index.name} trains it anew`,
  });
}
