import { createMatrix, rowOf, type Matrix } from "../vector/matrix.ts";
import type { Random } from "../vector/random.ts";
import { chooseThreshold } from "./calibration.ts";
import { predict, type Classifier, type ClassifierMethod, type Prediction } from "./classifier.ts";
import { TRAINERS, type Examples, type Trainer } from "./classifier-methods.ts";
import { reportOf, type ClassifierReport } from "./classifier-report.ts";
import { stratifiedFolds } from "./folds.ts";

/** What {@link trainClassifier} compared. */
export interface Candidate {
  readonly method: ClassifierMethod;
  /** C of the logistic regression. */
  readonly strength: number | null;
  /** Length of the vector of a text's lexemes, if the text's own is 1; null: lexemes are not used. */
  readonly lexemeScale: number | null;
  readonly accuracy: number;
  readonly macroF1: number;
}

/** Settings of {@link trainClassifier}. */
export interface TrainOptions {
  /** Default: the best of all in cross-validation. */
  method?: ClassifierMethod;
  /**
   * The lexemes of each of the N texts, as `lexemes` gives them. If given, `joined` is tried in place of `logistic`.
   */
  lexemes?: readonly (readonly string[])[];
  /**
   * Share of the accepted labels that must be right, in (0, 1); default 0.9. If no threshold reaches it, nothing is
   * rejected.
   */
  precision?: number;
  /** The threshold itself, in place of a precision. */
  reject?: number;
  random: Random;
}

const FOLDS = 5;
/** More examples are not needed to choose a method. */
const COMPARED = 2000;

/**
 * Learns classes from examples, and chooses the method by cross-validation. It has up to five folds, as many as the
 * smallest class has examples; the only example of a class is never held out.
 *
 * Some seconds for 20 classes of 32 examples, most of it the logistic regressions of the folds. Of methods that are as
 * good, the simpler one is taken.
 * @param vectors N x D, rows of unit length; a row of NaN is left out
 * @param labels N numbers of `classes`
 * @example
 * const embedder = await createEmbedder();
 * const vectors = await embedder.embed(["我要退款", "怎么退货", "密码忘了", "登录不上"]);
 * const { classifier } = trainClassifier(vectors, [0, 0, 1, 1], ["refund", "login"], { random: new Random(1) });
 */
export function trainClassifier(
  vectors: Matrix,
  labels: readonly number[],
  classes: readonly string[],
  options: TrainOptions,
): { classifier: Classifier; candidates: Candidate[]; report: ClassifierReport } {
  const { random, precision = 0.9, lexemes, method } = options;
  const usable = [...labels.keys()].filter((row) => !Number.isNaN(vectors.data[row * vectors.dims]));
  const compared = usable.length > COMPARED ? random.some(usable, COMPARED) : usable;
  const truth = compared.map((row) => labels[row]!);
  const examplesOf = (rows: readonly number[]): Examples => ({
    vectors: pick(vectors, rows),
    lexemes: rows.map((row) => lexemes?.[row] ?? []),
    labels: rows.map((row) => labels[row]!),
    classes,
  });
  const trials = crossValidate(trainersFor(method, lexemes !== undefined), examplesOf(compared), random);
  const best = trials.reduce((a, b) => (b.report.accuracy.value > a.report.accuracy.value ? b : a));
  const threshold = options.reject ?? thresholdFor(best.predictions, truth, classes, precision);
  const rejecting = best.predictions.map((one) => (one.chance < threshold ? { ...one, label: null } : one));
  return {
    classifier: { ...best.trainer.train(examplesOf(usable)), threshold },
    candidates: trials.map(({ trainer: { method: tried, strength, lexemeScale }, report }) => ({
      method: tried,
      strength,
      lexemeScale,
      accuracy: report.accuracy.value,
      macroF1: report.macroF1,
    })),
    report: reportOf(rejecting, truth, classes),
  };
}

function trainersFor(method: ClassifierMethod | undefined, hasLexemes: boolean): readonly Trainer[] {
  if (method !== undefined) return TRAINERS.filter((trainer) => trainer.method === method);
  // a regression of both is hardly ever worse than that of the vector alone, and few examples distinguish few methods
  return TRAINERS.filter((trainer) => trainer.method !== (hasLexemes ? "logistic" : "joined"));
}

/** What a trainer predicts of each text when it has not seen it. */
interface CrossValidation {
  readonly trainer: Trainer;
  readonly predictions: readonly Prediction[];
  readonly report: ClassifierReport;
}

function crossValidate(trainers: readonly Trainer[], examples: Examples, random: Random): CrossValidation[] {
  const { vectors, lexemes, labels, classes } = examples;
  const sizes = classes.map((_, k) => labels.filter((label) => label === k).length);
  const folds = Math.max(2, Math.min(FOLDS, ...sizes.filter((size) => size > 1)));
  const foldOf = stratifiedFolds(labels, folds, random);
  const rows = [...labels.keys()];
  return trainers.map((trainer) => {
    const predictions: Prediction[] = [];
    for (let fold = 0; fold < folds; fold++) {
      const inside = rows.filter((row) => foldOf[row] !== fold);
      const trained = trainer.train({
        vectors: pick(vectors, inside),
        lexemes: inside.map((row) => lexemes[row]!),
        labels: inside.map((row) => labels[row]!),
        classes,
      });
      for (const row of rows.filter((held) => foldOf[held] === fold))
        predictions[row] = predict({ ...trained, threshold: 0 }, rowOf(vectors, row), lexemes[row]);
    }
    return { trainer, predictions, report: reportOf(predictions, labels, classes) };
  });
}

/** The lowest chance from which on predictions keep the precision; 0 where none does. */
function thresholdFor(
  predictions: readonly Prediction[],
  truth: readonly number[],
  classes: readonly string[],
  precision: number,
): number {
  const trials = predictions.map(({ best, chance }, row) => ({
    score: chance,
    margin: null,
    isRight: best === classes[truth[row]!],
    isAnswerable: true,
    weight: 1,
  }));
  return chooseThreshold(trials, { precision })?.threshold ?? 0;
}

function pick(vectors: Matrix, rows: readonly number[]): Matrix {
  const picked = createMatrix(rows.length, vectors.dims);
  rows.forEach((row, at) => rowOf(picked, at).set(rowOf(vectors, row)));
  return picked;
}
