import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { adjustChance, oddsOf, sigmoid } from "../../src/judge/adjustment.ts";
import type { Trial } from "../../src/judge/calibration.ts";
import { fitAdjustment } from "../../src/judge/fit-adjustment.ts";
import { Random } from "../../src/vector/random.ts";

/** N questions whose log odds are `slope` times the judge's plus `offset`. */
function draw(count: number, slope: number, offset: number, seed: number): Trial[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => {
    const odds = 8 * random.next() - 4;
    const isRight = random.next() < sigmoid(slope * odds + offset);
    return { score: sigmoid(odds), margin: null, isRight, isAnswerable: true, weight: 1 };
  });
}

function lossOf(trials: readonly Trial[], adjustment: { slope: number; offset: number }): number {
  const each = trials.map(({ score, isRight }) => {
    const chance = adjustChance(score, adjustment);
    return -Math.log(isRight ? chance : 1 - chance);
  });
  return each.reduce((sum, loss) => sum + loss, 0) / each.length;
}

describe("the adjustment of chances to a table", () => {
  it("keeps 0, 1 and the order, and is nothing at slope 1 and offset 0", () => {
    for (const chance of [0, 0.01, 0.5, 0.99, 1]) {
      assert.ok(Math.abs(adjustChance(chance, { slope: 1, offset: 0 }) - chance) < 1e-9);
    }
    assert.deepEqual([adjustChance(0, { slope: 2, offset: 3 }), adjustChance(1, { slope: 2, offset: -3 })], [0, 1]);
    const some = [0.1, 0.3, 0.5, 0.8].map((chance) => adjustChance(chance, { slope: 0.5, offset: 1 }));
    assert.deepEqual(some, some.toSorted());
    assert.ok(Math.abs(adjustChance(0.5, { slope: 7, offset: 2 }) - sigmoid(2)) < 1e-9);
    assert.deepEqual([oddsOf(1 - 1e-16), oddsOf(1e-16)], [12, -12]);
  });

  it("finds slope and offset again from many questions", () => {
    const { slope, offset, fitted, heldOut } = fitAdjustment(draw(5_000, 0.6, 1.2, 1));
    assert.equal(fitted, "slope and offset");
    assert.ok(Math.abs(slope - 0.6) < 0.05 && Math.abs(offset - 1.2) < 0.1, `${slope} ${offset}`);
    assert.ok(heldOut.adjusted < heldOut.judge);
  });

  it("fits an offset alone below a hundred questions, and nothing below twenty or with one kind of label", () => {
    assert.equal(fitAdjustment(draw(60, 1, 3, 2)).fitted, "offset");
    assert.equal(fitAdjustment(draw(19, 1, 3, 2)).fitted, "nothing");
    assert.equal(fitAdjustment(draw(2_000, 1, 3, 2), 10).fitted, "nothing", "ten labels, the others stand in");
    const right = draw(200, 1, 0, 3).map((trial) => ({ ...trial, isRight: true }));
    assert.equal(fitAdjustment(right).fitted, "nothing");
    assert.deepEqual(fitAdjustment([]), { slope: 1, offset: 0, fitted: "nothing", heldOut: { judge: 0, adjusted: 0 } });
  });

  it("is hardly ever worse than the judge on other questions, whatever the table and the number of labels", () => {
    let [worse, gain, all] = [0, 0, 0];
    for (const count of [20, 100, 300]) {
      for (const [slope, offset] of [
        [1, 0],
        [1, 0.5],
        [0.7, 0],
        [1, -2],
        [0.5, 1],
      ] as const) {
        for (let seed = 1; seed <= 5; seed++) {
          const found = fitAdjustment(draw(count, slope, offset, seed));
          const others = draw(1_500, slope, offset, 1_000 + seed);
          const change = lossOf(others, { slope: 1, offset: 0 }) - lossOf(others, found);
          if (change < -0.005) worse++;
          gain += change;
          all++;
        }
      }
    }
    assert.ok(worse / all < 0.08, `${worse} of ${all} are worse`);
    assert.ok(gain / all > 0.05, `${gain / all} nats better on average`);
  });

  it("passes over questions that no judge was asked for, and weighs the others", () => {
    const trials = draw(400, 1, 1.5, 4);
    const exact = trials.map((trial) => ({ ...trial, score: 1, isRight: false }));
    const nothing = trials.map((trial) => ({ ...trial, score: -1 }));
    assert.deepEqual(fitAdjustment([...trials, ...exact, ...nothing]), fitAdjustment(trials, 1_200));
    const heavy = fitAdjustment(trials.map((trial) => ({ ...trial, weight: trial.isRight ? 3 : 1 })));
    assert.ok(heavy.offset - fitAdjustment(trials).offset > 0.7, String(heavy.offset));
  });
});
