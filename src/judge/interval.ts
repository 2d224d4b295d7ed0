import type { Random } from "../vector/random.ts";

/** A value and its confidence interval. The confidence is 95 % unless something else is said. */
export interface Interval {
  /** NaN, which is null in JSON, where nothing was counted. */
  readonly value: number;
  /** NaN, which is null in JSON, where there is no interval. */
  readonly low: number;
  /** NaN, which is null in JSON, where there is no interval. */
  readonly high: number;
}

/** The standard normal distribution's 97.5 % quantile: a confidence of 95 % on two sides. */
const Z_95 = 1.959964;

/**
 * A share and its interval: `hits` of `n`. They need not be whole numbers (an effective sample size is none). All of
 * [0, 1] for n = 0.
 *
 * Source: Wilson 1927. It is never wider than [0, 1], and right for few and for extreme shares, where hits ± z·s is
 * not.
 * @param z standard deviations; 1.96 for 95 % on two sides
 */
export function wilson(hits: number, n: number, z = Z_95): Interval {
  if (n <= 0) return { value: Number.NaN, low: 0, high: 1 };
  const share = hits / n;
  const center = (share + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  return {
    value: share,
    low: Math.max(0, Math.min(share, center - half)),
    high: Math.min(1, Math.max(share, center + half)),
  };
}

/**
 * A score of N units and its percentile interval over `samples` drawings of N units with replacement.
 *
 * Source: Efron 1979. Costs `samples` scores.
 *
 * @param score of the units with these numbers, some of them several times
 */
export function bootstrap(
  units: number,
  score: (rows: Uint32Array) => number,
  random: Random,
  samples: number,
): Interval {
  const value = score(Uint32Array.from({ length: units }, (_, i) => i));
  const drawn = Float64Array.from({ length: samples }, () =>
    score(Uint32Array.from({ length: units }, () => random.below(units))),
  )
    .filter((value) => !Number.isNaN(value))
    .sort();
  if (drawn.length === 0) return { value, low: Number.NaN, high: Number.NaN };
  const at = (share: number) => drawn[Math.min(drawn.length - 1, Math.floor(share * drawn.length))]!;
  return { value, low: at(0.025), high: at(0.975) };
}

/**
 * The standard normal distribution's quantile for a chance of `tail` beyond it, tail in (0, 1).
 *
 * Source: Acklam's rational approximation; relative error below 1.2e-9.
 */
export function normalQuantile(tail: number): number {
  const p = 1 - tail;
  const polynomial = (coefficients: readonly number[], x: number) =>
    coefficients.reduce((sum, value) => sum * x + value, 0);
  const a = [
    -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239,
  ];
  const b = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1];
  const c = [
    -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
  ];
  const d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1];
  const edge = 0.02425;
  if (p < edge) {
    const q = Math.sqrt(-2 * Math.log(p));
    return polynomial(c, q) / polynomial(d, q);
  }
  if (p > 1 - edge) {
    const q = Math.sqrt(-2 * Math.log(tail));
    return -polynomial(c, q) / polynomial(d, q);
  }
  const q = p - 0.5;
  return (polynomial(a, q * q) * q) / polynomial(b, q * q);
}
