import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compareGolden, goldenAnswer, goldenScores, mcnemar, type GoldenAnswer } from "../../src/judge/golden.ts";

const answer = (
  question: string,
  outcome: GoldenAnswer["outcome"],
  isFirstRight = outcome === "right",
): GoldenAnswer => ({
  question,
  isAnswerable: true,
  decision: outcome === "open" ? "suggest" : "answer",
  chance: 0.5,
  first: "1",
  isFirstRight,
  outcome,
});

describe("golden questions", () => {
  it("are right by key, by the key of a row of the same text, or by text", () => {
    const found = { key: ["1", "a"], others: [["2", "b"]], text: "怎么退款？" };
    const asked = { decision: "answer" as const, chance: 0.9, answers: [found] };
    const outcome = (keys: string[], texts: string[] = []) =>
      goldenAnswer({ question: "q", keys, texts, wrong: [] }, asked).outcome;
    assert.equal(outcome(["1, a"]), "right");
    assert.equal(outcome(["2, b"]), "right");
    assert.equal(outcome([], ["怎么退款？"]), "right");
    assert.equal(outcome(["3, c"]), "wrong");
    assert.equal(outcome([]), "wrong", "no row answers it, but one was given");
    const none = { decision: "none" as const, chance: null, answers: [] };
    assert.equal(goldenAnswer({ question: "q", keys: [], texts: [], wrong: [] }, none).outcome, "open");
  });

  it("have scores", () => {
    const unanswerable = { ...answer("d", "wrong"), isAnswerable: false };
    const scores = goldenScores([answer("a", "right"), answer("b", "open", true), answer("c", "wrong"), unanswerable]);
    assert.deepEqual(scores, { questions: 4, answerable: 3, r1: 2 / 3, right: 1 / 3, wrong: 0.5, precision: 1 / 3 });
    assert.equal(goldenScores([answer("a", "open")]).precision, null);
  });

  it("are compared in pairs, and worse by more than is allowed is a problem", () => {
    const before = Array.from({ length: 100 }, (_, at) => answer(`q${at}`, "right"));
    const after = before.map((each, at) => (at === 0 ? answer(each.question, "open", true) : each));
    const same = compareGolden(before, after, 0.01);
    assert.deepEqual([same.problems, same.changes.length, same.changes[0]!.isWorse], [[], 1, true]);
    const worse = compareGolden(before, after, 0);
    assert.match(worse.problems.join(), /^questions that get the right answer: 100\.0 % before, 99\.0 % after/);
    const wrong = compareGolden(before, [...after.slice(0, 98), answer("q98", "wrong"), answer("q99", "wrong")], 0.01);
    assert.equal(wrong.problems.length, 3);
    const better = compareGolden(after, [...before, answer("new", "wrong")], 0);
    assert.deepEqual([better.problems, better.added, better.paired], [[], 1, 100]);
  });

  it("have a p that is the binomial's", () => {
    assert.equal(mcnemar(0, 0), 1);
    assert.equal(mcnemar(5, 5), 1);
    assert.ok(Math.abs(mcnemar(0, 5) - 2 / 32) < 1e-12);
    assert.ok(Math.abs(mcnemar(1, 7) - (2 * 9) / 256) < 1e-12);
    assert.ok(mcnemar(0, 5000) < 1e-300, "many do not overflow");
  });
});
