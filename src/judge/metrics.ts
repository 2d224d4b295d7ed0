/**
 * Spearman's rank correlation of two lists of N numbers, in [-1, 1]: Pearson's of their ranks, ties at their mean rank.
 * NaN where one of them has no two different numbers. N log N.
 *
 * Source: Spearman 1904.
 */
export function spearman(first: ArrayLike<number>, second: ArrayLike<number>): number {
  const [a, b] = [ranks(first), ranks(second)];
  const mean = (a.length + 1) / 2;
  let [both, left, right] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]! - mean, b[i]! - mean];
    both += x * y;
    left += x * x;
    right += y * y;
  }
  return both / Math.sqrt(left * right);
}

/**
 * Area under the ROC curve, in [0, 1]: the chance that a positive scores above a negative, a tie half. NaN where one of
 * them is missing. N log N.
 *
 * Source: Mann & Whitney 1947; Hanley & McNeil 1982.
 */
export function areaUnderCurve(scores: ArrayLike<number>, isPositive: ArrayLike<boolean>): number {
  const ranked = ranks(scores);
  let [sum, positives] = [0, 0];
  for (let i = 0; i < ranked.length; i++) {
    if (!isPositive[i]) continue;
    sum += ranked[i]!;
    positives++;
  }
  return (sum - (positives * (positives + 1)) / 2) / (positives * (ranked.length - positives));
}

/** Ranks from 1 of N numbers, ties at their mean rank. */
export function ranks(values: ArrayLike<number>): Float64Array {
  const order = Uint32Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const found = new Float64Array(order.length);
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let at = start; at < end; at++) found[order[at]!] = (start + 1 + end) / 2;
    start = end;
  }
  return found;
}

/** The rank from 1 of number `right` among `scores`, largest first; a tie counts against it. */
export function rankOf(scores: ArrayLike<number>, right: number): number {
  let rank = 0;
  for (let i = 0; i < scores.length; i++) if (scores[i]! >= scores[right]!) rank++;
  return rank;
}

/** 1 over the rank of what is right, or 0 behind the first `k`: its mean over questions is MRR@k. */
export function reciprocalRank(rank: number, k = 10): number {
  return rank <= k ? 1 / rank : 0;
}

/**
 * Harmonic mean of homogeneity and completeness of clusters against labels, in [0, 1]. Both are numbers from 0.
 *
 * Source: Rosenberg & Hirschberg 2007.
 */
export function vMeasure(labels: ArrayLike<number>, clusters: ArrayLike<number>): number {
  const [byLabel, byCluster, byBoth] = [
    new Map<number, number>(),
    new Map<number, number>(),
    new Map<string, number>(),
  ];
  const add = <Key>(counts: Map<Key, number>, key: Key) => counts.set(key, (counts.get(key) ?? 0) + 1);
  for (let i = 0; i < labels.length; i++) {
    add(byLabel, labels[i]!);
    add(byCluster, clusters[i]!);
    add(byBoth, `${labels[i]} ${clusters[i]}`);
  }
  const apart = entropy(byLabel, labels.length) + entropy(byCluster, labels.length);
  return apart === 0 ? 1 : (2 * (apart - entropy(byBoth, labels.length))) / apart;
}

/** In nats. */
function entropy(counts: ReadonlyMap<unknown, number>, total: number): number {
  let sum = 0;
  for (const count of counts.values()) sum -= (count / total) * Math.log(count / total);
  return sum;
}
