import { rowOf, type Matrix } from "../vector/matrix.ts";
import { dot } from "../vector/product.ts";
import { softmax } from "./logistic.ts";
import { lexemeBag, type Vocabulary } from "./vocabulary.ts";

/**
 * How classes are told apart. By the mean of their examples, the nearest examples, a logistic regression, or one that
 * uses the lexemes of a text beside its vector.
 */
export type ClassifierMethod = "centroid" | "neighbours" | "logistic" | "joined";

/**
 * A classifier of unit vectors. Each row of `weights` belongs to one class and has the logit scale · product + bias;
 * the chance of a class is its share of the softmax, over the `nearest` largest logits where that is not null.
 */
export interface Classifier {
  readonly method: ClassifierMethod;
  readonly classes: readonly string[];
  /** M x D, or M x (D + V): behind a vector stand its V lexemes. */
  readonly weights: Matrix;
  /** V lexemes; null: it uses vectors alone. */
  readonly vocabulary: Vocabulary | null;
  /** The class of each of the M rows. */
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

const NO_LEXEMES = { indices: [], values: [] };

/**
 * Classifies a text by its vector of D numbers and, if the classifier has a vocabulary, its lexemes. M x D
 * multiplications.
 * @param lexemes as `lexemes` gives them
 * @example
 * const embedder = await createEmbedder();
 * const vectors = await embedder.embed(["我要退款", "怎么退货", "密码忘了", "登录不上"]);
 * const { classifier } = trainClassifier(vectors, [0, 0, 1, 1], ["refund", "login"], { random: new Random(1) });
 * const { label, chance } = predict(classifier, rowOf(vectors, 0));
 */
export function predict(classifier: Classifier, vector: Float32Array, lexemes: readonly string[] = []): Prediction {
  const { classes, weights, vocabulary, owners, bias, scale, nearest, threshold } = classifier;
  if (Number.isNaN(vector[0])) return { label: null, best: null, chance: 0 };
  const { indices, values } = vocabulary === null ? NO_LEXEMES : lexemeBag(vocabulary, lexemes);
  const logits = Float64Array.from({ length: weights.rows }, (_, row) => {
    const numbers = rowOf(weights, row);
    let product = dot(numbers.subarray(0, vector.length), vector);
    indices.forEach((index, at) => (product += values[at]! * numbers[vector.length + index]!));
    return scale * product + bias[row]!;
  });
  if (nearest !== null && nearest < logits.length) {
    const least = logits.toSorted()[logits.length - nearest]!;
    logits.forEach((value, row) => (logits[row] = value < least ? Number.NEGATIVE_INFINITY : value));
  }
  softmax(logits);
  const chances = classes.map(() => 0);
  logits.forEach((chance, row) => (chances[owners[row]!]! += chance));
  const chance = Math.max(...chances);
  const best = classes[chances.indexOf(chance)]!;
  return { label: chance < threshold ? null : best, best, chance };
}
