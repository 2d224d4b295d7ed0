import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bootstrap, normalQuantile, wilson } from "../../src/judge/interval.ts";
import { areaUnderCurve, rankOf, ranks, reciprocalRank, spearman, vMeasure } from "../../src/judge/metrics.ts";
import { Random } from "../../src/vector/random.ts";

const near = (found: number, expected: number, by = 1e-6) =>
  assert.ok(Math.abs(found - expected) < by, `${found}, not ${expected}`);

// the expected values are those of scipy 1.16 and scikit-learn 1.7
describe("metrics", () => {
  it("Spearman's correlation, with ties", () => {
    near(spearman([1, 2, 2, 4, 5], [0, 1, 0, 1, 1]), 0.7404361);
    near(spearman([1, 2, 3], [3, 2, 1]), -1);
    assert.ok(Number.isNaN(spearman([1, 1, 1], [1, 2, 3])));
    assert.deepEqual([...ranks([0.3, 0.1, 0.3])], [2.5, 1, 2.5]);
  });

  it("area under the curve: a tie counts half", () => {
    near(areaUnderCurve([0.1, 0.4, 0.35, 0.8], [false, false, true, true]), 0.75);
    near(areaUnderCurve([0.5, 0.5], [true, false]), 0.5);
    assert.ok(Number.isNaN(areaUnderCurve([0.5, 0.6], [true, true])));
  });

  it("ranks of what is right: a tie counts against it", () => {
    assert.equal(rankOf([0.9, 0.8, 0.9], 0), 2);
    assert.equal(reciprocalRank(4), 0.25);
    assert.equal(reciprocalRank(11), 0);
  });

  it("V-measure", () => {
    near(vMeasure([0, 0, 1, 1], [1, 1, 0, 0]), 1);
    near(vMeasure([0, 0, 1, 1], [0, 0, 1, 2]), 0.8);
    near(vMeasure([0, 0, 1, 1], [0, 1, 0, 1]), 0);
    near(vMeasure([0, 0, 0], [0, 0, 0]), 1);
  });
});

describe("intervals", () => {
  it("Wilson's, also of all and of none", () => {
    const { low, high } = wilson(8, 10);
    near(low, 0.49016, 1e-4);
    near(high, 0.94331, 1e-4);
    near(wilson(10, 10).high, 1);
    assert.deepEqual(wilson(0, 0), { value: Number.NaN, low: 0, high: 1 });
  });

  it("quantiles of the normal distribution", () => {
    near(normalQuantile(0.025), 1.959964);
    near(normalQuantile(0.5), 0);
    near(normalQuantile(0.001), 3.090232, 1e-5);
    near(normalQuantile(0.99), -2.326348, 1e-5);
  });

  it("a bootstrap interval holds the true share about as often as it says, and depends on the seed only", () => {
    const random = new Random(3);
    let held = 0;
    for (let run = 0; run < 200; run++) {
      const units = Array.from({ length: 100 }, () => (random.next() < 0.3 ? 1 : 0));
      const score = (rows: Uint32Array) => rows.reduce((sum, row) => sum + units[row]!, 0) / rows.length;
      const { low, high } = bootstrap(100, score, new Random(run), 200);
      if (low <= 0.3 && 0.3 <= high) held++;
    }
    assert.ok(held >= 180 && held <= 199, String(held));
    const score = (rows: Uint32Array) => rows[0]!;
    assert.deepEqual(bootstrap(9, score, new Random(1), 50), bootstrap(9, score, new Random(1), 50));
  });
});
