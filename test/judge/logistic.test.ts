import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BigramBm25, characterBag, InvertedRows, sparseProduct } from "../../src/judge/controls.ts";
import { denseFeatures, sparseFeatures } from "../../src/judge/features.ts";
import { stratifiedFolds } from "../../src/judge/folds.ts";
import { classChances, trainLogistic } from "../../src/judge/logistic.ts";
import { minimize } from "../../src/judge/minimize.ts";
import { createMatrix, rowOf } from "../../src/vector/matrix.ts";
import { Random } from "../../src/vector/random.ts";

describe("L-BFGS", () => {
  it("finds the minimum of Rosenbrock's valley", () => {
    const at = Float64Array.of(-1.2, 1);
    const value = minimize(
      at,
      ([x = 0, y = 0], gradient) => {
        gradient[0] = -400 * x * (y - x * x) - 2 * (1 - x);
        gradient[1] = 200 * (y - x * x);
        return 100 * (y - x * x) ** 2 + (1 - x) ** 2;
      },
      { tolerance: 1e-8, maxIterations: 500 },
    );
    assert.ok(value < 1e-12 && Math.abs(at[0]! - 1) < 1e-5, String(at));
  });
});

describe("logistic regression", () => {
  // scikit-learn 1.7: LogisticRegression(C=10).fit([[0, 1], [1, 0], [1, 1], [0, 0], [1, .5], [.2, 1]], [0, 1, 2, 0, 1, 2])
  const data = Float32Array.of(0, 1, 1, 0, 1, 1, 0, 0, 1, 0.5, 0.2, 1);
  const labels = [0, 1, 2, 0, 1, 2];

  it("of dense and of sparse rows is the same, and at its minimum", () => {
    const dense = denseFeatures({ rows: 6, dims: 2, data });
    const sparse = sparseFeatures(
      labels.map((_, row) => ({ indices: [1, 0], values: [data[2 * row + 1]!, data[2 * row]!] })),
      2,
    );
    const [a, b] = [trainLogistic(dense, labels, 3, 10), trainLogistic(sparse, labels, 3, 10)];
    a.weights.forEach((weight, at) => assert.ok(Math.abs(weight - b.weights[at]!) < 1e-2));
    // at the minimum the weights are C times what is unexplained: w_k = C Σ (y_ik − p_ik) x_i
    for (let k = 0; k < 3; k++) {
      const sums = [0, 0];
      labels.forEach((label, row) => {
        const unexplained = (label === k ? 1 : 0) - classChances(a, dense, row)[k]!;
        for (const at of [0, 1]) sums[at]! += 10 * unexplained * data[2 * row + at]!;
      });
      sums.forEach((sum, at) => assert.ok(Math.abs(sum - a.weights[2 * k + at]!) < 0.02));
    }
    const chances = classChances(a, dense, 1);
    assert.ok(Math.abs(chances.reduce((sum, each) => sum + each) - 1) < 1e-12 && chances[1]! > 0.7, String(chances));
  });

  it("of fewer rows than dimensions is at its minimum too, also where rows are equal", () => {
    const random = new Random(1);
    const [rows, dims, strength] = [20, 50, 10];
    const wide = createMatrix(rows, dims);
    wide.data.forEach((_, at) => (wide.data[at] = random.next() - 0.5));
    for (const row of [3, 12]) rowOf(wide, row).set(rowOf(wide, 0));
    const features = denseFeatures(wide);
    const owners = Array.from({ length: rows }, (_, row) => row % 3);
    const model = trainLogistic(features, owners, 3, strength);
    for (let k = 0; k < 3; k++) {
      const sums = new Float64Array(dims);
      owners.forEach((owner, row) =>
        features.addTo(row, strength * ((owner === k ? 1 : 0) - classChances(model, features, row)[k]!), sums, 0),
      );
      sums.forEach((sum, at) => assert.ok(Math.abs(sum - model.weights[k * dims + at]!) < 0.02));
    }
    assert.equal(classChances(model, features, 0).indexOf(Math.max(...classChances(model, features, 0))), 0);
  });

  it("picks rows without copying, and takes a row of NaN for zeros", () => {
    const nan = denseFeatures({ rows: 2, dims: 2, data: Float32Array.of(Number.NaN, Number.NaN, 3, 4) });
    assert.equal(nan.pick([1, 0]).product(0, Float64Array.of(1, 1), 0), 7);
    assert.equal(nan.pick([1, 0]).pick([1]).product(0, Float64Array.of(1, 1), 0), 0);
  });
});

it("folds spread every class", () => {
  const labels = Array.from({ length: 100 }, (_, at) => (at < 10 ? 0 : 1));
  const folds = stratifiedFolds(labels, 5, new Random(1));
  for (let fold = 0; fold < 5; fold++) {
    assert.equal(folds.filter((each) => each === fold).length, 20);
    assert.equal(folds.slice(0, 10).filter((each) => each === fold).length, 2);
  }
});

describe("controls", () => {
  it("a bag of characters has unit length, whatever the order", () => {
    const input = { charIds: Int32Array.of(5, 6, 5), weights: Float32Array.of(0.25, 0.5, 0.25) };
    const bag = characterBag(input);
    assert.ok(Math.abs(sparseProduct(bag, bag) - 1) < 1e-6);
    assert.deepEqual(bag.indices, [5, 6]);
    const [product] = new InvertedRows([bag]).products({ indices: [6, 9], values: [2, 1] });
    assert.ok(Math.abs(product! - 2 * Math.SQRT1_2) < 1e-6);
  });

  it("BM25 by hand: two rows, k1 = 1.2, b = 0.75", () => {
    const bm25 = new BigramBm25(["怎么退款", "退款"]);
    const scores = new InvertedRows(bm25.rows).products(bm25.question("退款"));
    const idf = Math.log(1 + 0.5 / 2.5);
    const score = (length: number) => (idf * 2.2) / (1 + 1.2 * (0.25 + (0.75 * length) / 2));
    assert.ok(Math.abs(scores[0]! - score(3)) < 1e-6 && Math.abs(scores[1]! - score(1)) < 1e-6, String(scores));
    assert.deepEqual(bm25.question("电脑"), { indices: [], values: [] });
  });
});
