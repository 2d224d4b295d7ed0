import { createMatrix, rowOf, type Matrix } from "../vector/matrix.ts";
import { dot } from "../vector/product.ts";
import type { Classifier, ClassifierMethod } from "./classifier.ts";
import { denseFeatures, joinedRows, sparseFeatures } from "./features.ts";
import { trainLogistic, type LinearModel } from "./logistic.ts";
import { fitVocabulary, lexemeBag } from "./vocabulary.ts";

const STRENGTHS = [1, 10, 100];
const JOINED_STRENGTHS = [1, 10];
const LEXEME_SCALES = [0.5, 1];
/** As in training the student for pairs: what a cosine is multiplied with before the exponential. */
const SCALE = 20;
/** Neighbours that vote: the default of scikit-learn's KNeighborsClassifier, not fitted. */
const NEAREST = 5;

/** A classifier before its threshold is chosen. */
export type TrainedClassifier = Omit<Classifier, "threshold">;

/** N texts of known classes. */
export interface Examples {
  readonly vectors: Matrix;
  readonly lexemes: readonly (readonly string[])[];
  readonly labels: readonly number[];
  readonly classes: readonly string[];
}

/** A method with its settings. */
export interface Trainer {
  readonly method: ClassifierMethod;
  /** C of the logistic regression. */
  readonly strength: number | null;
  /** Length of the lexemes of a text, its vector being 1. */
  readonly lexemeScale: number | null;
  readonly train: (examples: Examples) => TrainedClassifier;
}

/** All methods with all settings that are compared, the simplest first. */
export const TRAINERS: readonly Trainer[] = [
  { method: "centroid", strength: null, lexemeScale: null, train: trainCentroids },
  { method: "neighbours", strength: null, lexemeScale: null, train: trainNeighbours },
  ...STRENGTHS.map((strength): Trainer => ({
    method: "logistic",
    strength,
    lexemeScale: null,
    train: (examples) => trainLinear(examples, strength),
  })),
  ...LEXEME_SCALES.flatMap((lexemeScale) =>
    JOINED_STRENGTHS.map((strength): Trainer => ({
      method: "joined",
      strength,
      lexemeScale,
      train: (examples) => trainJoined(examples, strength, lexemeScale),
    })),
  ),
];

/** What most methods have in common. */
const PLAIN = { vocabulary: null, nearest: null };

/** The mean direction of each class's examples. Source: Rocchio 1971; Snell et al. 2017. */
function trainCentroids({ vectors, labels, classes }: Examples): TrainedClassifier {
  const owners = [...new Set(labels)].sort((a, b) => a - b);
  const weights = createMatrix(owners.length, vectors.dims);
  labels.forEach((label, row) => {
    const to = rowOf(weights, owners.indexOf(label));
    rowOf(vectors, row).forEach((value, at) => (to[at]! += value));
  });
  for (let row = 0; row < weights.rows; row++) {
    const sum = rowOf(weights, row);
    const norm = Math.sqrt(dot(sum, sum)) || 1;
    sum.forEach((value, at) => (sum[at] = value / norm));
  }
  return { ...PLAIN, method: "centroid", classes, weights, owners, bias: owners.map(() => 0), scale: SCALE };
}

/** The nearest examples, the nearer the louder. Source: Dudani 1976. */
function trainNeighbours({ vectors: weights, labels: owners, classes }: Examples): TrainedClassifier {
  const bias = owners.map(() => 0);
  return { ...PLAIN, method: "neighbours", classes, weights, owners, bias, scale: SCALE, nearest: NEAREST };
}

function trainLinear({ vectors, labels, classes }: Examples, strength: number): TrainedClassifier {
  const model = trainLogistic(denseFeatures(vectors), labels, classes.length, strength);
  return { ...PLAIN, method: "logistic", ...rowPerClass(model, classes) };
}

/** One regression of the vector and, behind it, the lexemes, which are made `lexemeScale` as long. */
function trainJoined(
  { vectors, lexemes, labels, classes }: Examples,
  strength: number,
  lexemeScale: number,
): TrainedClassifier {
  const vocabulary = fitVocabulary(lexemes);
  const bags = lexemes.map((text) => lexemeBag(vocabulary, text));
  const features = joinedRows(denseFeatures(vectors), sparseFeatures(bags, vocabulary.size), lexemeScale);
  const model = trainLogistic(features, labels, classes.length, strength);
  const linear = rowPerClass(model, classes);
  // what is asked has lexemes of unit length
  for (let row = 0; row < linear.weights.rows; row++) {
    const ofLexemes = rowOf(linear.weights, row).subarray(vectors.dims);
    ofLexemes.forEach((value, at) => (ofLexemes[at] = value * lexemeScale));
  }
  return { ...PLAIN, method: "joined", ...linear, vocabulary };
}

/** A row for each class, as a regression has them. */
function rowPerClass({ weights, bias, dims }: LinearModel, classes: readonly string[]) {
  const matrix = { rows: classes.length, dims, data: Float32Array.from(weights) };
  return { classes, weights: matrix, owners: [...classes.keys()], bias: [...bias], scale: 1 };
}
