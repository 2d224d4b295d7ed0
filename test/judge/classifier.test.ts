import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { predict } from "../../src/judge/classifier.ts";
import { reportOf } from "../../src/judge/classifier-report.ts";
import { trainClassifier } from "../../src/judge/train-classifier.ts";
import { createMatrix, rowOf } from "../../src/vector/matrix.ts";
import { Random } from "../../src/vector/random.ts";

/** Unit vectors around one direction a class; `noise` 0: all alike. */
function draw(count: number, classes: number, noise: number, seed: number) {
  const random = new Random(seed);
  const vectors = createMatrix(count, 8);
  const labels = Array.from({ length: count }, (_, row) => row % classes);
  labels.forEach((label, row) => {
    const vector = rowOf(vectors, row);
    for (let at = 0; at < 8; at++) vector[at] = noise * (random.next() - 0.5) + (at === label ? 1 : 0);
    const norm = Math.hypot(...vector);
    vector.forEach((value, at) => (vector[at] = value / norm));
  });
  return { vectors, labels };
}

const names = ["a", "b", "c"];

describe("a classifier", () => {
  const train = draw(60, 3, 1, 1);
  const test = draw(300, 3, 1, 2);

  for (const method of ["centroid", "neighbours", "logistic"] as const) {
    it(`by ${method} knows texts that it has not seen`, () => {
      const { classifier, report } = trainClassifier(train.vectors, train.labels, names, {
        method,
        random: new Random(1),
      });
      const found = test.labels.map((_, row) => predict(classifier, rowOf(test.vectors, row)));
      const seen = reportOf(found, test.labels, names);
      assert.ok(seen.accuracy.value > 0.9, String(seen.accuracy.value));
      assert.ok(
        seen.accuracy.low < report.accuracy.high && report.accuracy.low < seen.accuracy.high,
        "as in cross-validation",
      );
      assert.equal(classifier.method, method);
    });
  }

  it("chooses the best of five ways, the same one for the same seed", () => {
    const run = () => trainClassifier(train.vectors, train.labels, names, { random: new Random(3) });
    const { candidates, classifier, report } = run();
    assert.deepEqual(
      candidates.map(({ method }) => method),
      ["centroid", "neighbours", "logistic", "logistic", "logistic"],
    );
    assert.equal(report.accuracy.value, Math.max(...candidates.map(({ accuracy }) => accuracy)));
    assert.deepEqual(run().classifier, classifier);
  });

  it("rejects what it cannot tell, so that the rest is right often enough", () => {
    const hard = draw(900, 3, 2.2, 4);
    const unseen = draw(2000, 3, 2.2, 5);
    const { classifier, report } = trainClassifier(hard.vectors, hard.labels, names, {
      precision: 0.9,
      random: new Random(1),
    });
    assert.ok(report.accuracy.value < 0.9 && report.precision.value >= 0.9 && report.covered.value > 0.2);
    const found = unseen.labels.map((_, row) => predict(classifier, rowOf(unseen.vectors, row)));
    const { precision, covered } = reportOf(found, unseen.labels, names);
    assert.ok(precision.value >= 0.9 && covered.value > 0.2, `${precision.value} of ${covered.value}`);
    const all = trainClassifier(hard.vectors, hard.labels, names, { reject: 0, random: new Random(1) });
    assert.equal(all.report.covered.value, 1);
    assert.equal(predict({ ...classifier, threshold: 1.1 }, rowOf(unseen.vectors, 0)).label, null);
  });

  it("leaves out what has no vector, and takes classes of one example", () => {
    const { vectors, labels } = draw(30, 3, 0.5, 6);
    vectors.data.fill(Number.NaN, 0, 8);
    const rare = labels.map((label, row) => (row === 29 ? 3 : label));
    const { classifier, report } = trainClassifier(vectors, rare, [...names, "rare"], { random: new Random(1) });
    assert.equal(report.texts, 29);
    assert.equal(predict(classifier, new Float32Array(8).fill(Number.NaN)).best, null);
  });

  it("of equal vectors tells nothing, and does not fail", () => {
    const { labels } = draw(30, 3, 0, 7);
    const vectors = createMatrix(30, 8);
    vectors.data.fill(Math.sqrt(1 / 8));
    const { classifier } = trainClassifier(vectors, labels, names, { random: new Random(1) });
    assert.ok(predict(classifier, rowOf(vectors, 0)).chance < 0.8);
  });
});

describe("a classifier of vectors and lexemes", () => {
  /** Directions tell nothing here; the words do: two of each class, and some that all have. */
  const wordsOf = (label: number, random: Random) => [
    `say ${names[label]}`,
    ...random.some(["the", "a", "of"], 2),
    ...(random.next() < 0.5 ? [`also ${names[label]}`] : []),
  ];
  const make = (count: number, seed: number) => {
    const random = new Random(seed);
    const { vectors } = draw(count, 1, 2, seed);
    const labels = Array.from({ length: count }, (_, row) => row % 3);
    return { vectors, labels, lexemes: labels.map((label) => wordsOf(label, random)) };
  };
  const train = make(60, 1);
  const test = make(90, 2);

  it("finds in the lexemes what the vectors do not tell", () => {
    const { lexemes } = train;
    const { classifier, candidates } = trainClassifier(train.vectors, train.labels, names, {
      lexemes,
      random: new Random(1),
    });
    assert.equal(classifier.method, "joined");
    assert.deepEqual(
      candidates.filter(({ method }) => method === "joined").map(({ lexemeScale }) => lexemeScale),
      [0.5, 0.5, 1, 1],
    );
    const said = test.labels.map((_, row) => predict(classifier, rowOf(test.vectors, row), test.lexemes[row]));
    assert.ok(reportOf(said, test.labels, names).accuracy.value > 0.95);
    assert.equal(classifier.weights.dims, 8 + classifier.vocabulary!.size);
  });

  it("stays with the vector where that is enough, and says something of texts without a known lexeme", () => {
    const { vectors, labels } = draw(60, 3, 0.5, 1);
    const lexemes = labels.map((label) => [`say ${names[label]}`]);
    const enough = trainClassifier(vectors, labels, names, { lexemes, random: new Random(1) });
    assert.deepEqual([enough.classifier.method, enough.classifier.vocabulary], ["centroid", null]);
    const joined = trainClassifier(vectors, labels, names, { lexemes, method: "joined", random: new Random(1) });
    const { best } = predict(joined.classifier, rowOf(vectors, 1), ["never seen"]);
    assert.equal(best, names[labels[1]!]);
  });
});

it("a report counts by hand", () => {
  const say = (label: string | null, best = label) => ({ label, best, chance: 1 });
  const { accuracy, macroF1, covered, precision, confusion } = reportOf(
    [say("a"), say("a"), say("b"), say(null, "b"), say(null, null)],
    [0, 1, 1, 1, 0],
    ["a", "b", "never"],
  );
  assert.deepEqual(confusion, [
    [1, 0, 0],
    [1, 2, 0],
    [0, 0, 0],
  ]);
  assert.equal(accuracy.value, 3 / 5);
  assert.deepEqual([covered.value, precision.value], [3 / 5, 2 / 3]);
  assert.ok(Math.abs(macroF1 - (2 / 3 + 4 / 5) / 2) < 1e-12);
});
