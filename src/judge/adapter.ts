import { createMatrix, rowOf, type Matrix } from "../vector/matrix.ts";
import { dot } from "../vector/product.ts";
import type { Random } from "../vector/random.ts";
import { spearman } from "./metrics.ts";

/**
 * A small change of vectors of D numbers: x + up · (down · x), then of unit length again. Two products of D x R
 * numbers, R far below D: it can bend the space in R directions only, which is what a few thousand labels can tell.
 */
export interface Adapter {
  /** R x D. */
  readonly down: Matrix;
  /** R x D: the transpose of the second factor. */
  readonly up: Matrix;
}

/** Pairs of vectors and how alike they are: two N x D, N. */
export interface VectorPairs {
  readonly first: Matrix;
  readonly second: Matrix;
  readonly labels: readonly number[];
}

/** Settings of {@link trainAdapter}. */
export interface AdapterOptions {
  /** R, 1 to D; default 32. */
  rank?: number;
  /** Passes over the pairs, 1 to 1,000; default 15. The best of them on `check` is kept. */
  epochs?: number;
  random: Random;
  /** Called after each pass, with Spearman's correlation on `check`. Returning true ends it. */
  onEpoch?: (epoch: number, score: number) => boolean | void;
}

const BATCH = 64;
const SCALE = 20;
const STEP = 2e-3;
/** Passes without a better one that end the training. */
const PATIENCE = 4;

/**
 * Learns an adapter so that pairs with a higher label have the higher cosine: CoSENT, log(1 + Σ exp(20 (cos_j −
 * cos_i))) over all i, j of a batch with label_i > label_j, by Adam. It starts at no change at all, and keeps the pass
 * that is best on pairs that are not trained with (none, where no pass is better than no change).
 *
 * Source: Su 2022 (CoSENT); Hu et al. 2021 (a low-rank change beside what is kept); Kingma & Ba 2015 (Adam). Costs some
 * 12 N D R multiplications a pass: 2 s for 5,000 pairs, D = 512, R = 32.
 * @param check pairs that decide when to stop; they are not trained on
 */
export function trainAdapter(pairs: VectorPairs, check: VectorPairs, options: AdapterOptions): Adapter {
  const { epochs = 15, random, onEpoch } = options;
  const dims = pairs.first.dims;
  const rank = Math.min(options.rank ?? 32, dims);
  const down = createMatrix(rank, dims);
  const up = createMatrix(rank, dims);
  // about as many numbers above zero as below, of the length of a unit vector
  down.data.forEach((_, at) => (down.data[at] = ((random.next() - 0.5) * Math.sqrt(12)) / Math.sqrt(dims)));
  const learners = [new Adam(down.data), new Adam(up.data)];
  const model = { down, up };
  let best = { adapter: copy(model), score: scoreOf(model, check), epoch: 0 };
  const rows = [...pairs.labels.keys()];
  const batches = Math.ceil(rows.length / BATCH);
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const order = random.shuffled(rows);
    for (let batch = 0; batch < batches; batch++) {
      const chosen = order.slice(batch * BATCH, (batch + 1) * BATCH);
      const gradients = gradientOf(model, pairs, chosen);
      const done = ((epoch - 1) * batches + batch) / (epochs * batches);
      learners.forEach((learner, at) => learner.step(gradients[at]!, STEP * (1 - done)));
    }
    const score = scoreOf(model, check);
    if (score > best.score) best = { adapter: copy(model), score, epoch };
    if (onEpoch?.(epoch, score) === true || epoch - best.epoch >= PATIENCE) break;
  }
  return best.adapter;
}

/** Vectors changed by an adapter: N x D, of unit length; a row of NaN stays one. */
export function adapt({ down, up }: Adapter, vectors: Matrix): Matrix {
  const adapted = createMatrix(vectors.rows, vectors.dims);
  for (let row = 0; row < vectors.rows; row++) change(down, up, rowOf(vectors, row), rowOf(adapted, row));
  return adapted;
}

/** Writes the changed vector, of unit length; returns what `down` made of it and the length before. */
function change(
  down: Matrix,
  up: Matrix,
  vector: Float32Array,
  to: Float32Array,
): { hidden: Float64Array; length: number } {
  const hidden = Float64Array.from({ length: down.rows }, (_, r) => dot(rowOf(down, r), vector));
  to.set(vector);
  for (let r = 0; r < up.rows; r++) addScaled(to, hidden[r]!, rowOf(up, r));
  const length = Math.sqrt(dot(to, to));
  for (let at = 0; at < to.length; at++) to[at]! /= length;
  return { hidden, length };
}

/** Spearman's correlation of cosine and label. */
function scoreOf(adapter: Adapter, { first, second, labels }: VectorPairs): number {
  const [a, b] = [adapt(adapter, first), adapt(adapter, second)];
  return spearman(
    labels.map((_, row) => dot(rowOf(a, row), rowOf(b, row))),
    labels,
  );
}

/** Of the loss of some pairs, for `down` and `up`. */
function gradientOf(
  { down, up }: Adapter,
  pairs: VectorPairs,
  chosen: readonly number[],
): [Float32Array, Float32Array] {
  const dims = down.dims;
  const sides = [pairs.first, pairs.second].map((vectors) => {
    const adapted = createMatrix(chosen.length, dims);
    const made = chosen.map((row, at) => change(down, up, rowOf(vectors, row), rowOf(adapted, at)));
    return { vectors, adapted, made };
  });
  const [left, right] = [sides[0]!, sides[1]!];
  const cosines = chosen.map((_, at) => dot(rowOf(left.adapted, at), rowOf(right.adapted, at)));
  const pulls = pullsOf(
    cosines,
    chosen.map((row) => pairs.labels[row]!),
  );
  const gradients: [Float32Array, Float32Array] = [
    new Float32Array(down.data.length),
    new Float32Array(up.data.length),
  ];
  const turned = new Float32Array(dims);
  for (const [own, other] of [
    [left, right],
    [right, left],
  ] as const) {
    chosen.forEach((row, at) => {
      if (pulls[at] === 0) return;
      const { hidden, length } = own.made[at]!;
      // the cosine's gradient at the changed vector before it gets unit length
      const [mine, theirs] = [rowOf(own.adapted, at), rowOf(other.adapted, at)];
      for (let i = 0; i < dims; i++) turned[i] = (pulls[at]! * (theirs[i]! - cosines[at]! * mine[i]!)) / length;
      for (let r = 0; r < down.rows; r++) {
        const share = dot(rowOf(up, r), turned);
        addScaled(gradients[1].subarray(r * dims, (r + 1) * dims), hidden[r]!, turned);
        addScaled(gradients[0].subarray(r * dims, (r + 1) * dims), share, rowOf(own.vectors, row));
      }
    });
  }
  return gradients;
}

/** The gradient of CoSENT's loss for each cosine. */
function pullsOf(cosines: readonly number[], labels: readonly number[]): number[] {
  const wrong: [number, number, number][] = [];
  let most = 0;
  for (let i = 0; i < labels.length; i++) {
    for (let j = 0; j < labels.length; j++) {
      if (!(labels[i]! > labels[j]!)) continue;
      const by = SCALE * (cosines[j]! - cosines[i]!);
      most = Math.max(most, by);
      wrong.push([i, j, by]);
    }
  }
  const pulls = labels.map(() => 0);
  const total = wrong.reduce((sum, [, , by]) => sum + Math.exp(by - most), Math.exp(-most));
  for (const [i, j, by] of wrong) {
    const share = (SCALE * Math.exp(by - most)) / total;
    pulls[j]! += share;
    pulls[i]! -= share;
  }
  return pulls;
}

/** Kingma & Ba 2015, algorithm 1. */
class Adam {
  readonly #values: Float32Array;
  readonly #mean: Float32Array;
  readonly #square: Float32Array;
  #steps = 0;

  constructor(values: Float32Array) {
    this.#values = values;
    this.#mean = new Float32Array(values.length);
    this.#square = new Float32Array(values.length);
  }

  step(gradient: Float32Array, size: number): void {
    this.#steps++;
    const [meanShare, squareShare] = [1 - 0.9 ** this.#steps, 1 - 0.999 ** this.#steps];
    for (let i = 0; i < gradient.length; i++) {
      const by = gradient[i]!;
      const mean = (this.#mean[i] = 0.9 * this.#mean[i]! + 0.1 * by);
      const square = (this.#square[i] = 0.999 * this.#square[i]! + 0.001 * by * by);
      this.#values[i]! -= (size * (mean / meanShare)) / (Math.sqrt(square / squareShare) + 1e-8);
    }
  }
}

function addScaled(to: Float32Array, scale: number, from: Float32Array): void {
  for (let i = 0; i < to.length; i++) to[i]! += scale * from[i]!;
}

function copy({ down, up }: Adapter): Adapter {
  return { down: { ...down, data: down.data.slice() }, up: { ...up, data: up.data.slice() } };
}
