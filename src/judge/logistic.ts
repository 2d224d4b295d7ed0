import type { LinearRows } from "./features.ts";
import { minimize } from "./minimize.ts";
import { spanOf } from "./span.ts";

/** A linear model of K classes over D numbers: the chances are the softmax of `weights · x + bias`. */
export interface LinearModel {
  readonly classes: number;
  readonly dims: number;
  /** K x D. */
  readonly weights: Float64Array;
  /** K. */
  readonly bias: Float64Array;
}

/** So few rows are turned into rows of as many numbers first. */
const FEW = 1024;

/**
 * Multinomial logistic regression: the minimum of ½ |weights|² + C · cross-entropy. The bias costs nothing, as in
 * scikit-learn.
 *
 * Some 50 passes of N x K x D multiplications, N x K x N / 2 for up to 1,024 rows: 0.1 s for 320 texts of ten classes.
 *
 * @param labels N numbers from 0 to `classes` - 1
 * @param strength C, above 0: larger trusts the examples more
 */
export function trainLogistic(
  features: LinearRows,
  labels: ArrayLike<number>,
  classes: number,
  strength: number,
): LinearModel {
  const { rows, dims } = features;
  if (rows > FEW || rows >= dims) return fit(features, labels, classes, strength);
  const span = spanOf(features);
  const small = fit(span.rows, labels, classes, strength);
  const weights = new Float64Array(classes * dims);
  for (let k = 0; k < classes; k++) span.spread(small.weights.subarray(k * rows, (k + 1) * rows), weights, k * dims);
  return { classes, dims, weights, bias: small.bias };
}

function fit(features: LinearRows, labels: ArrayLike<number>, classes: number, strength: number): LinearModel {
  const { rows, dims } = features;
  const weightCount = classes * dims;
  const scores = new Float64Array(classes);
  const parameters = new Float64Array(weightCount + classes);
  minimize(
    parameters,
    (at, gradient) => {
      gradient.fill(0);
      let value = 0;
      for (let row = 0; row < rows; row++) {
        for (let k = 0; k < classes; k++) scores[k] = features.product(row, at, k * dims) + at[weightCount + k]!;
        const own = scores[labels[row]!]!;
        value += softmax(scores) - own;
        for (let k = 0; k < classes; k++) {
          const wrong = scores[k]! - (labels[row] === k ? 1 : 0);
          gradient[weightCount + k]! += wrong;
          if (Math.abs(wrong) > 1e-9) features.addTo(row, wrong, gradient, k * dims);
        }
      }
      // over C and N: the size of a number of the gradient, and so when it ends, does not depend on them
      let penalty = 0;
      const scale = 1 / rows;
      for (let i = 0; i < at.length; i++) {
        gradient[i]! *= scale;
        if (i >= weightCount) continue;
        penalty += at[i]! * at[i]!;
        gradient[i]! += (at[i]! * scale) / strength;
      }
      return (value + penalty / (2 * strength)) * scale;
    },
    { tolerance: 1e-4, maxIterations: 500 },
  );
  return { classes, dims, weights: parameters.slice(0, weightCount), bias: parameters.slice(weightCount) };
}

/** The chances of a row's classes, K numbers that sum to 1. */
export function classChances(model: LinearModel, features: LinearRows, row: number): Float64Array {
  const scores = model.bias.map((bias, k) => features.product(row, model.weights, k * model.dims) + bias);
  softmax(scores);
  return scores;
}

/** Makes chances of scores, in place; returns the logarithm of the sum that they were divided by. */
export function softmax(scores: Float64Array): number {
  const most = Math.max(...scores);
  let sum = 0;
  for (let k = 0; k < scores.length; k++) sum += scores[k] = Math.exp(scores[k]! - most);
  for (let k = 0; k < scores.length; k++) scores[k]! /= sum;
  return most + Math.log(sum);
}
