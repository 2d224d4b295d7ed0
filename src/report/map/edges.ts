import type { Neighbours } from "./neighbours.ts";

/** Pairs of rows that belong together, each once, with a weight in (0, 1]. */
export interface Edges {
  readonly heads: Int32Array;
  readonly tails: Int32Array;
  readonly weights: Float32Array;
}

/**
 * The graph of neighbours, with weights that compare between dense and sparse regions. The nearest has 1; weights fall
 * with the distance so that each row's sum to log2 of k; both directions together have a + b - ab.
 *
 * Source: UMAP (McInnes, Healy, Melville 2018), section 3.1.
 */
export function edgesOf({ rows, k, labels, distances }: Neighbours): Edges {
  const weights = new Float32Array(rows * k);
  for (let row = 0; row < rows; row++) {
    weigh(distances.subarray(row * k, (row + 1) * k), weights.subarray(row * k, (row + 1) * k));
  }
  /** Where `from` has `to` among its neighbours; -1 where it has not. */
  const positionOf = (from: number, to: number): number => {
    for (let at = from * k; at < (from + 1) * k; at++) if (labels[at] === to) return at;
    return -1;
  };
  const [heads, tails, both]: [number[], number[], number[]] = [[], [], []];
  for (let row = 0; row < rows; row++) {
    for (let at = row * k; at < (row + 1) * k; at++) {
      const other = labels[at]!;
      const back = positionOf(other, row);
      if (back !== -1 && other < row) continue; // was taken with the other row
      const [a, b] = [weights[at]!, back === -1 ? 0 : weights[back]!];
      heads.push(row);
      tails.push(other);
      both.push(a + b - a * b);
    }
  }
  return { heads: Int32Array.from(heads), tails: Int32Array.from(tails), weights: Float32Array.from(both) };
}

const STEPS = 32;
const LIGHTEST = 1e-3;

/** Weights of one row's neighbours, nearest first: exp(-(d - nearest) / scale). Finds the scale by bisection. */
function weigh(distances: Float32Array, weights: Float32Array): void {
  const nearest = distances[0]!;
  const wanted = Math.log2(distances.length + 1);
  let [low, high, scale] = [0, Infinity, 1];
  for (let step = 0; step < STEPS; step++) {
    let sum = 0;
    for (const distance of distances) sum += Math.exp(-(distance - nearest) / scale);
    if (sum > wanted) high = scale;
    else low = scale;
    scale = high === Infinity ? scale * 2 : (low + high) / 2;
  }
  for (let at = 0; at < weights.length; at++) {
    weights[at] = Math.max(LIGHTEST, Math.exp(-(distances[at]! - nearest) / Math.max(scale, 1e-12)));
  }
}
