import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  boundFalseAnswers,
  chooseThreshold,
  operationAt,
  operationCurve,
  type Trial,
} from "../../src/judge/calibration.ts";
import { FOREIGN_QUESTIONS } from "../../src/judge/foreign-questions.ts";
import { readQuestions } from "../../src/judge/labelled-questions.ts";
import { Random } from "../../src/vector/random.ts";

/** Half of the questions have an answer; the nearer a row, the likelier it is right: certain at 1, a chance of a half at 0.5. */
function draw(count: number, random: Random, margin: number | null = null): Trial[] {
  return Array.from({ length: count }, () => {
    const score = 0.5 + random.next() / 2;
    const isRight = random.next() < score;
    return { score, margin, isRight, isAnswerable: isRight || random.next() < 0.3, weight: 1 };
  });
}

/** The precision from a threshold on: the mean chance to be right there. */
const truePrecision = (threshold: number) => (threshold + 1) / 2;

describe("a threshold that is chosen", () => {
  it("keeps the precision for questions that were not seen, as surely as asked", () => {
    for (const [count, precision, confidence] of [
      [200, 0.8, 0.95],
      [1000, 0.9, 0.95],
      [1000, 0.9, 0.8],
    ] as const) {
      let [found, broken] = [0, 0];
      for (let run = 0; run < 400; run++) {
        const chosen = chooseThreshold(draw(count, new Random(run)), { precision, confidence });
        if (chosen === undefined) continue;
        found++;
        if (truePrecision(chosen.threshold) < precision) broken++;
      }
      assert.ok(broken <= 400 * (1 - confidence), `${broken} of ${found} broken: ${count}, ${precision}`);
      assert.ok(found > 250, `${found} found: ${count}, ${precision}`);
    }
  });

  it("is lower with more questions, and missing with too few, or if nothing is right", () => {
    const [few, many] = [400, 5000].map((count) => chooseThreshold(draw(count, new Random(1)), { precision: 0.8 })!);
    assert.ok(many!.threshold < few!.threshold && many!.threshold >= 0.6, `${few!.threshold} ${many!.threshold}`);
    assert.equal(chooseThreshold(draw(20, new Random(1)), { precision: 0.95 }), undefined);
    assert.equal(chooseThreshold([], { precision: 0.5 }), undefined);
    const wrong = draw(500, new Random(1)).map((trial) => ({ ...trial, isRight: false }));
    assert.equal(chooseThreshold(wrong, { precision: 0.5 }), undefined);
  });

  it("takes a margin where that gives more right answers", () => {
    const random = new Random(5);
    const trials = Array.from({ length: 2000 }, (): Trial => {
      const isRight = random.next() < 0.7;
      return {
        score: 0.5 + random.next() / 2,
        margin: isRight ? 0.1 : 0.01,
        isRight,
        isAnswerable: true,
        weight: 1,
      };
    });
    const chosen = chooseThreshold(trials, { precision: 0.95, margins: [0, 0.05] })!;
    assert.equal(chosen.margin, 0.05);
    assert.ok(chosen.recall.value > 0.65 && chosen.precision.value === 1);
    assert.equal(chooseThreshold(trials, { precision: 0.95 }), undefined);
  });

  it("lies between similarities: equal ones stay together", () => {
    const trials = draw(1000, new Random(2)).map((trial) => ({ ...trial, score: trial.isRight ? 0.9 : 0.8 }));
    const { threshold, precision, answered } = chooseThreshold(trials, { precision: 0.9 })!;
    assert.deepEqual([threshold, precision.value], [0.9, 1]);
    assert.equal(answered, trials.filter(({ isRight }) => isRight).length);
  });

  it("weighs: a trial of a hundredth counts a hundredth", () => {
    const foreign = draw(1000, new Random(3)).map((trial) => ({ ...trial, isRight: false, isAnswerable: false }));
    const known = draw(1000, new Random(4)).map((trial) => ({ ...trial, isRight: true, isAnswerable: true }));
    const light = [...known, ...foreign.map((trial) => ({ ...trial, weight: 0.01 }))];
    assert.ok(chooseThreshold(light, { precision: 0.95 })!.recall.value > 0.9);
    assert.equal(chooseThreshold([...known, ...foreign], { precision: 0.95 }), undefined);
    const { precision } = operationAt(light, 0, 0);
    assert.ok(Math.abs(precision.value - 1 / 1.01) < 1e-9 && precision.low < precision.value);
  });
});

it("without labels the share of false answers is bounded", () => {
  let broken = 0;
  for (let run = 0; run < 200; run++) {
    const trials = draw(500, new Random(run)).map((trial) => ({ ...trial, isRight: false, isAnswerable: false }));
    const { threshold } = boundFalseAnswers(trials, { share: 0.1 })!;
    if (2 * (1 - threshold) > 0.1) broken++;
    assert.ok(threshold < 0.98, String(threshold));
  }
  assert.ok(broken <= 10, String(broken));
  assert.equal(boundFalseAnswers([], { share: 0.1 }), undefined);
  const few = draw(10, new Random(1)).map((trial) => ({ ...trial, isAnswerable: false }));
  assert.equal(boundFalseAnswers(few, { share: 0.05 }), undefined);
});

it("the curve trades precision for coverage", () => {
  const trials = [
    ...draw(500, new Random(1)),
    { score: -1, margin: null, isRight: false, isAnswerable: true, weight: 1 },
  ];
  const curve = operationCurve(trials, 0);
  assert.ok(curve.length > 10 && curve.length <= 20);
  for (let at = 1; at < curve.length; at++) {
    assert.ok(curve[at]!.threshold < curve[at - 1]!.threshold && curve[at]!.answered > curve[at - 1]!.answered);
    const { value, low, high } = curve[at]!.precision;
    assert.ok(low <= value && value <= high);
  }
  assert.equal(curve.at(-1)!.answered, 500);
  assert.deepEqual(operationCurve([], 0), []);
});

describe("labelled questions", () => {
  const read = (rows: Record<string, unknown>[], columns?: string[]) =>
    readQuestions(
      { source: "a.csv", header: Object.keys(rows[0] ?? {}), rows, placeOf: (row) => `line ${row + 2}` },
      columns,
    );

  it("by key, by text, with labels, and without an answer", () => {
    const none = { keys: [], texts: [], wrong: [] };
    assert.deepEqual(
      read([
        { question: "退款", key: 3 },
        { question: "退款", key: "4" },
        { question: "天气", key: null },
      ]),
      [
        { ...none, question: "退款", keys: ["3", "4"] },
        { ...none, question: "天气" },
      ],
    );
    assert.deepEqual(
      read([
        { sentence1: "退款", sentence2: "怎么退款", label: "1" },
        { sentence1: "退款", sentence2: "退货", label: "0" },
      ]),
      [{ question: "退款", keys: [], texts: ["怎么退款"], wrong: ["退货"] }],
    );
    assert.deepEqual(read([{ 问: "退款", 答: "怎么退款" }], ["问", "答"]), [
      { question: "退款", keys: [], texts: ["怎么退款"], wrong: [] },
    ]);
  });

  const wrong: [string, Record<string, unknown>[], RegExp, string[]?][] = [
    ["no rows", [], /a\.csv has no rows/],
    ["no row column", [{ question: "退款", text: "x" }], /has the columns question, text: they do not say which row/],
    ["a column that is not there", [{ question: "退款", key: "1" }], /there is no column 问/, ["问", "key"]],
    ["another label", [{ question: "退款", key: "1", label: "yes" }], /the label in line 2 of a\.csv is yes/],
    ["a missing label", [{ question: "退款", key: "1", label: "" }], /the label in line 2 of a\.csv is missing/],
    ["a missing question", [{ question: " ", key: "1" }], /line 2 of a\.csv has no question/],
  ];
  for (const [what, rows, message, columns] of wrong)
    it(`refuses ${what}`, () => assert.throws(() => read(rows, columns), { code: "input", message }));

  it("foreign ones are different questions of a few characters", () => {
    assert.equal(new Set(FOREIGN_QUESTIONS).size, FOREIGN_QUESTIONS.length);
    assert.ok(
      FOREIGN_QUESTIONS.length >= 100 && FOREIGN_QUESTIONS.every((each) => each.length >= 5 && each.length < 20),
    );
  });
});
