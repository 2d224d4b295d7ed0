import assert from "node:assert/strict";
import { it } from "node:test";
import { adapt, trainAdapter, type VectorPairs } from "../../src/judge/adapter.ts";
import { createMatrix, rowOf } from "../../src/vector/matrix.ts";
import { Random } from "../../src/vector/random.ts";

/** Only the first four of twelve numbers say whether two vectors are alike; the others are noise. */
function draw(count: number, seed: number): VectorPairs {
  const random = new Random(seed);
  const sides = [createMatrix(count, 12), createMatrix(count, 12)];
  const labels = Array.from({ length: count }, (_, row) => row % 2);
  labels.forEach((label, row) => {
    const [a, b] = sides.map((side) => rowOf(side, row));
    for (let at = 0; at < 12; at++) {
      a![at] = random.next() - 0.5;
      b![at] = at < 4 && label === 1 ? a![at]! : random.next() - 0.5;
    }
    for (const vector of [a!, b!]) {
      const norm = Math.hypot(...vector);
      vector.forEach((value, at) => (vector[at] = value / norm));
    }
  });
  return { first: sides[0]!, second: sides[1]!, labels };
}

it("an adapter learns what pairs have in common, on pairs that it has not seen, the same one for the same seed", () => {
  const scores: number[] = [];
  const run = (epochs: number) =>
    trainAdapter(draw(600, 1), draw(300, 2), {
      rank: 8,
      epochs,
      random: new Random(1),
      onEpoch: (_, score) => void scores.push(score),
    });
  const adapter = run(40);
  assert.ok(Math.max(...scores) > scores[0]! + 0.05, String(scores));
  assert.deepEqual(run(40), adapter);
  const vectors = draw(5, 3).first;
  const moved = adapt(adapter, vectors);
  for (let row = 0; row < 5; row++) assert.ok(Math.abs(Math.hypot(...rowOf(moved, row)) - 1) < 1e-5);
  assert.notDeepEqual(moved, vectors);
});

it("an adapter that helps nothing is no change", () => {
  const random = new Random(4);
  const noise = draw(200, 5);
  const labels = noise.labels.map(() => (random.next() < 0.5 ? 1 : 0));
  const check = draw(400, 6);
  const adapter = trainAdapter({ ...noise, labels }, check, {
    rank: 2,
    epochs: 1,
    random: new Random(1),
    onEpoch: () => true,
  });
  const moved = adapt(adapter, check.first);
  moved.data.forEach((value, at) => assert.ok(Math.abs(value - check.first.data[at]!) < 0.5));
});
