import { setImmediate } from "node:timers/promises";
import type { Matrix } from "../../vector/matrix.ts";
import type { Random } from "../../vector/random.ts";
import type { Edges } from "./edges.ts";

/** Random other points that a point is pushed away from for each pull. */
const PUSHES = 5;
/** A step moves a point no further than this in each direction. */
const LARGEST_STEP = 4;
/** The first two principal components are spread over so wide a square to begin with. */
const START_WIDTH = 20;
/** Short enough for 50,000 rows in seconds, long enough that more changes little. */
const EPOCHS = { few: 500, many: 250, manyRows: 10_000 };

/**
 * Places rows on a plane by stochastic gradient descent. Rows joined by an edge attract each other, others repel.
 *
 * UMAP's objective and sampling (McInnes, Healy, Melville 2018, section 4) with the kernel 1 / (1 + d²) of LargeVis
 * (Tang et al. 2016), which needs no powers. Starts from the first two principal components, so that what is far apart
 * on the map mostly is far apart, and the same seed gives the same map. Costs epochs x edges.
 * @param coordinates N x P, P >= 2: principal coordinates
 * @returns N x 2
 */
export async function layOut(
  coordinates: Matrix,
  edges: Edges,
  random: Random,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const { rows } = coordinates;
  const positions = start(coordinates, random);
  const epochs = rows > EPOCHS.manyRows ? EPOCHS.many : EPOCHS.few;
  const { heads, tails, weights } = edges;
  let heaviest = 0;
  for (const weight of weights) heaviest = Math.max(heaviest, weight);
  // epochs until an edge is due again; one too light to be due at all is left out
  const pauses = Float32Array.from(weights, (weight) => heaviest / weight);
  const due = Float32Array.from(pauses);
  for (let epoch = 1; epoch <= epochs; epoch++) {
    if (epoch % 10 === 0) await setImmediate(); // lets a signal arrive
    signal?.throwIfAborted();
    const rate = 1 - (epoch - 1) / epochs;
    for (let edge = 0; edge < heads.length; edge++) {
      if (due[edge]! > epoch) continue;
      due[edge]! += pauses[edge]!;
      const head = 2 * heads[edge]!;
      const tail = 2 * tails[edge]!;
      const dx = positions[head]! - positions[tail]!;
      const dy = positions[head + 1]! - positions[tail + 1]!;
      const pull = (-2 * rate) / (1 + dx * dx + dy * dy);
      const [x, y] = [clip(pull * dx), clip(pull * dy)];
      positions[head]! += x;
      positions[head + 1]! += y;
      positions[tail]! -= x;
      positions[tail + 1]! -= y;
      for (let push = 0; push < PUSHES; push++) {
        pushApart(positions, head, 2 * random.below(rows), rate);
        pushApart(positions, tail, 2 * random.below(rows), rate);
      }
    }
  }
  turn(positions);
  return positions;
}

/** Turns the longest direction into the first axis: screens are wide. In place. */
function turn(positions: Float32Array): void {
  const rows = positions.length / 2;
  let [meanX, meanY, xx, xy, yy] = [0, 0, 0, 0, 0];
  for (let at = 0; at < positions.length; at += 2) {
    meanX += positions[at]! / rows;
    meanY += positions[at + 1]! / rows;
  }
  for (let at = 0; at < positions.length; at += 2) {
    const [x, y] = [positions[at]! - meanX, positions[at + 1]! - meanY];
    xx += x * x;
    xy += x * y;
    yy += y * y;
  }
  const angle = Math.atan2(2 * xy, xx - yy) / 2;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  for (let at = 0; at < positions.length; at += 2) {
    const [x, y] = [positions[at]! - meanX, positions[at + 1]! - meanY];
    positions[at] = x * cos + y * sin;
    positions[at + 1] = y * cos - x * sin;
  }
}

function pushApart(positions: Float32Array, head: number, other: number, rate: number): void {
  if (other === head) return;
  const dx = positions[head]! - positions[other]!;
  const dy = positions[head + 1]! - positions[other + 1]!;
  const square = dx * dx + dy * dy;
  const push = (2 * rate) / ((0.001 + square) * (1 + square));
  positions[head]! += clip(push * dx);
  positions[head + 1]! += clip(push * dy);
}

function clip(step: number): number {
  return step > LARGEST_STEP ? LARGEST_STEP : step < -LARGEST_STEP ? -LARGEST_STEP : step;
}

/** The first two components, with a little noise, as equal rows would never come apart. */
function start({ rows, dims, data }: Matrix, random: Random): Float32Array {
  const positions = new Float32Array(2 * rows);
  let largest = 0;
  for (let row = 0; row < rows; row++) {
    for (let axis = 0; axis < 2; axis++) {
      positions[2 * row + axis] = data[row * dims + axis]!;
      largest = Math.max(largest, Math.abs(positions[2 * row + axis]!));
    }
  }
  const scale = largest > 0 ? START_WIDTH / 2 / largest : 0;
  for (let at = 0; at < positions.length; at++) positions[at] = positions[at]! * scale + 0.01 * (random.next() - 0.5);
  return positions;
}
