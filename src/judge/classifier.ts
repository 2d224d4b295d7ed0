import { createMatrix, rowOf, type Matrix } from "../vector/matrix.ts";
import type { Random } from "../vector/random.ts";
import { dot } from "../vector/product.ts";
import { chooseThreshold } from "./calibration.ts";
import { denseFeatures, joinedRows, sparseFeatures } from "./features.ts";
import { stratifiedFolds } from "./folds.ts";
import { wilson, type Interval } from "./interval.ts";
import { softmax, trainLogistic, type LinearModel } from "./logistic.ts";
import { fitVocabulary, lexemeBag, type Vocabulary } from "./vocabulary.ts";

/**
 * How classes are told apart: by the mean of their examples, by the nearest examples, by a logistic regression, or by one that looks at the
 * lexemes of a text beside its vector.
 */
export type ClassifierMethod = "centroid" | "neighbours" | "logistic" | "joined";

/**
 * A classifier of unit vectors. Each row of `rows` speaks for one class, as loudly as exp(scale · product + bias); the chance of a class is its
 * share of all that is said, by the `nearest` loudest rows where that is not null.
 */
export interface Classifier {
  readonly method: ClassifierMethod;
  readonly classes: readonly string[];
  /** M x D, or M x (D + V): behind a vector stand its V lexemes. */
  readonly rows: Matrix;
  /** V lexemes; null: it looks at vectors alone. */
  readonly vocabulary: Vocabulary | null;
  /** M numbers of classes. */
  readonly owners: readonly number[];
  /** M. */
  readonly bias: readonly number[];
  readonly scale: number;
  readonly nearest: number | null;
  /** A chance below this is no answer: the text is of none of the classes, or it cannot be told. In [0, 1]. */
  readonly threshold: number;
}

/** What a {@link Classifier} says of a text. */
export interface Prediction {
  /** Null: below the threshold, or the text has no vector. */
  readonly label: string | null;
  /** The likeliest class, whatever the threshold. */
  readonly best: string | null;
  /** Its chance, in [0, 1]; 0 without a vector. */
  readonly chance: number;
}

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

/** What {@link trainClassifier} compared. */
export interface Candidate {
  readonly method: ClassifierMethod;
  /** C of the logistic regression. */
  readonly strength: number | null;
  /** How long the lexemes of a text are made, its vector being 1; null: they are not looked at. */
  readonly lexemeScale: number | null;
  readonly accuracy: number;
  readonly macroF1: number;
}

/** Settings of {@link trainClassifier}. */
export interface TrainOptions {
  /** Default: the best of all in cross-validation. */
  method?: ClassifierMethod;
  /** The lexemes of each of the N texts, as `lexemes` gives them: with them `joined` is tried in place of `logistic`. */
  lexemes?: readonly (readonly string[])[];
  /** Share of what is not rejected that shall be right, in (0, 1); default 0.9. Where no threshold keeps it, nothing is rejected. */
  precision?: number;
  /** The threshold itself, in place of a precision. */
  reject?: number;
  random: Random;
}

const STRENGTHS = [1, 10, 100];
const JOINED_STRENGTHS = [1, 10];
const LEXEME_SCALES = [0.5, 1];
const FOLDS = 5;
/** As in training the student for pairs: what a cosine is multiplied with before the exponential. */
const SCALE = 20;
const NEAREST = 5;
/** More examples are not needed to choose a method. */
const COMPARED = 2000;

/**
 * Learns classes from examples, and chooses the method by cross-validation in up to five folds (as many as the smallest class has examples; a class
 * of one example is only trained with).
 *
 * Some seconds for 20 classes of 32 examples, most of it the logistic regressions of the folds. Of ways that are as good, the simpler one is taken.
 *
 * @param vectors N x D, rows of unit length; a row of NaN is left out
 * @param labels N numbers of `classes`
 */
export function trainClassifier(
  vectors: Matrix,
  labels: readonly number[],
  classes: readonly string[],
  options: TrainOptions,
): { classifier: Classifier; candidates: Candidate[]; report: ClassifierReport } {
  const { random, precision = 0.9, lexemes } = options;
  const usable = [...labels.keys()].filter((row) => !Number.isNaN(vectors.data[row * vectors.dims]));
  const compared = usable.length > COMPARED ? random.some(usable, COMPARED) : usable;
  const truth = compared.map((row) => labels[row]!);
  const sizes = classes.map((_, k) => truth.filter((label) => label === k).length);
  const folds = Math.max(2, Math.min(FOLDS, ...sizes.filter((size) => size > 1)));
  const fold = stratifiedFolds(truth, folds, random);
  const examplesOf = (rows: readonly number[]): Examples => ({
    vectors: pick(vectors, rows),
    lexemes: rows.map((row) => lexemes?.[row] ?? []),
    labels: rows.map((row) => labels[row]!),
    classes,
  });
  // a regression of both is hardly ever worse than that of the vector alone, and few examples tell few ways apart
  const left = lexemes === undefined ? "joined" : "logistic";
  const ways = WAYS.filter(({ method }) =>
    options.method === undefined ? method !== left : method === options.method,
  );
  const tried = ways.map((way) => {
    const predictions: Prediction[] = [];
    for (let out = 0; out < folds; out++) {
      const trained = way.train(examplesOf(compared.filter((_, at) => fold[at] !== out)));
      compared.forEach((row, at) => {
        if (fold[at] === out) predictions[at] = predict(trained, rowOf(vectors, row), lexemes?.[row]);
      });
    }
    return { way, predictions, report: reportOf(predictions, truth, classes) };
  });
  const best = tried.reduce((a, b) => (b.report.accuracy.value > a.report.accuracy.value ? b : a));
  const trials = best.predictions.map(({ best: label, chance }, at) => ({
    similarity: chance,
    margin: null,
    isRight: label === classes[truth[at]!],
    isAnswerable: true,
    weight: 1,
  }));
  const threshold = options.reject ?? chooseThreshold(trials, { precision })?.threshold ?? 0;
  const trained = best.way.train(examplesOf(usable));
  const rejecting = best.predictions.map((each) => (each.chance < threshold ? { ...each, label: null } : each));
  return {
    classifier: { ...trained, threshold },
    candidates: tried.map(({ way: { method, strength, lexemeScale }, report }) => ({
      method,
      strength,
      lexemeScale,
      accuracy: report.accuracy.value,
      macroF1: report.macroF1,
    })),
    report: reportOf(rejecting, truth, classes),
  };
}

/**
 * What a classifier says of a text by its vector of D numbers and, where it has a vocabulary, its lexemes. M x D multiplications.
 *
 * @param lexemes as `lexemes` gives them
 */
export function predict(classifier: Classifier, vector: Float32Array, lexemes: readonly string[] = []): Prediction {
  const { classes, rows, vocabulary, owners, bias, scale, nearest, threshold } = classifier;
  if (Number.isNaN(vector[0])) return { label: null, best: null, chance: 0 };
  const { indices, values } = vocabulary === null ? NO_LEXEMES : lexemeBag(vocabulary, lexemes);
  const said = Float64Array.from({ length: rows.rows }, (_, row) => {
    const numbers = rowOf(rows, row);
    let product = dot(numbers.subarray(0, vector.length), vector);
    indices.forEach((index, at) => (product += values[at]! * numbers[vector.length + index]!));
    return scale * product + bias[row]!;
  });
  if (nearest !== null && nearest < said.length) {
    const least = said.toSorted()[said.length - nearest]!;
    said.forEach((value, row) => (said[row] = value < least ? Number.NEGATIVE_INFINITY : value));
  }
  softmax(said);
  const chances = classes.map(() => 0);
  said.forEach((chance, row) => (chances[owners[row]!]! += chance));
  const chance = Math.max(...chances);
  const best = classes[chances.indexOf(chance)]!;
  return { label: chance < threshold ? null : best, best, chance };
}

/** What was right. */
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
    const actual = confusion[k]!.reduce((sum, each) => sum + each, 0);
    const taken = confusion.reduce((sum, row) => sum + row[k]!, 0);
    return actual + taken === 0 ? [] : (2 * confusion[k]![k]!) / (actual + taken);
  });
  const texts = predictions.length;
  return {
    texts,
    accuracy: wilson(right, texts),
    macroF1: f1.reduce((sum, each) => sum + each, 0) / f1.length,
    covered: wilson(covered, texts),
    precision: wilson(rightCovered, covered),
    confusion,
  };
}

const NO_LEXEMES = { indices: [], values: [] };

/** N texts of known classes. */
interface Examples {
  readonly vectors: Matrix;
  readonly lexemes: readonly (readonly string[])[];
  readonly labels: readonly number[];
  readonly classes: readonly string[];
}

interface Way {
  method: ClassifierMethod;
  strength: number | null;
  lexemeScale: number | null;
  train: (examples: Examples) => Classifier;
}

/** The simplest first. */
const WAYS: readonly Way[] = [
  { method: "centroid", strength: null, lexemeScale: null, train: trainCentroids },
  { method: "neighbours", strength: null, lexemeScale: null, train: trainNeighbours },
  ...STRENGTHS.map((strength): Way => ({
    method: "logistic",
    strength,
    lexemeScale: null,
    train: (examples) => trainLinear(examples, strength),
  })),
  ...LEXEME_SCALES.flatMap((lexemeScale) =>
    JOINED_STRENGTHS.map((strength): Way => ({
      method: "joined",
      strength,
      lexemeScale,
      train: (examples) => trainJoined(examples, strength, lexemeScale),
    })),
  ),
];

/** What most ways have in common. */
const PLAIN = { vocabulary: null, nearest: null, threshold: 0 };

/** The mean direction of each class's examples. Source: Rocchio 1971; Snell et al. 2017. */
function trainCentroids({ vectors, labels, classes }: Examples): Classifier {
  const owners = [...new Set(labels)].sort((a, b) => a - b);
  const rows = createMatrix(owners.length, vectors.dims);
  labels.forEach((label, row) => {
    const to = rowOf(rows, owners.indexOf(label));
    rowOf(vectors, row).forEach((value, at) => (to[at]! += value));
  });
  for (let row = 0; row < rows.rows; row++) {
    const sum = rowOf(rows, row);
    const norm = Math.sqrt(dot(sum, sum)) || 1;
    sum.forEach((value, at) => (sum[at] = value / norm));
  }
  return { ...PLAIN, method: "centroid", classes, rows, owners, bias: owners.map(() => 0), scale: SCALE };
}

/** The nearest examples, the nearer the louder. Source: Dudani 1976. */
function trainNeighbours({ vectors: rows, labels: owners, classes }: Examples): Classifier {
  const bias = owners.map(() => 0);
  return { ...PLAIN, method: "neighbours", classes, rows, owners, bias, scale: SCALE, nearest: NEAREST };
}

function trainLinear({ vectors, labels, classes }: Examples, strength: number): Classifier {
  const model = trainLogistic(denseFeatures(vectors), labels, classes.length, strength);
  return { ...PLAIN, method: "logistic", ...rowPerClass(model, classes) };
}

/** One regression of the vector and, behind it, the lexemes, which are made `lexemeScale` as long. */
function trainJoined(
  { vectors, lexemes, labels, classes }: Examples,
  strength: number,
  lexemeScale: number,
): Classifier {
  const vocabulary = fitVocabulary(lexemes);
  const bags = lexemes.map((text) => lexemeBag(vocabulary, text));
  const features = joinedRows(denseFeatures(vectors), sparseFeatures(bags, vocabulary.size), lexemeScale);
  const model = trainLogistic(features, labels, classes.length, strength);
  const said = rowPerClass(model, classes);
  // what is asked has lexemes of unit length
  for (let row = 0; row < said.rows.rows; row++) {
    const behind = rowOf(said.rows, row).subarray(vectors.dims);
    behind.forEach((value, at) => (behind[at] = value * lexemeScale));
  }
  return { ...PLAIN, method: "joined", ...said, vocabulary };
}

/** A row for each class, as a regression has them. */
function rowPerClass({ weights, bias, dims }: LinearModel, classes: readonly string[]) {
  const rows = { rows: classes.length, dims, data: Float32Array.from(weights) };
  return { classes, rows, owners: [...classes.keys()], bias: [...bias], scale: 1 };
}

function pick(vectors: Matrix, rows: readonly number[]): Matrix {
  const picked = createMatrix(rows.length, vectors.dims);
  rows.forEach((row, at) => rowOf(picked, at).set(rowOf(vectors, row)));
  return picked;
}
