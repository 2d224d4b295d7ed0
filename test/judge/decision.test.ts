import assert from "node:assert/strict";
import { it } from "node:test";
import { thresholdsOf } from "../../src/app/thresholds.ts";
import type { IndexRecord } from "../../src/db/index-record.ts";
import { decide, type JudgedRow } from "../../src/judge/decision.ts";

const row = (similarity: number, found: JudgedRow["found"] = "vector"): JudgedRow => ({ similarity, found, text: "" });

it("without a judge, a decision is made of the first row's similarity and its distance to the second", () => {
  const thresholds = { answer: 0.9, suggest: 0.8, margin: 0.125 };
  const cases: [similarities: number[], decision: string, margin: number | null][] = [
    [[], "none", null],
    [[0.79, 0.25], "none", 0.54],
    [[0.8, 0.25], "suggest", 0.55],
    [[0.9], "answer", null],
    [[0.875 + 0.125, 0.875], "answer", 0.125],
    [[1, 0.9], "suggest", 0.1],
  ];
  for (const [similarities, decision, margin] of cases) {
    const verdict = decide(
      "",
      similarities.map((similarity) => row(similarity)),
      thresholds,
      undefined,
    );
    assert.equal(verdict.decision, decision, String(similarities));
    assert.ok(
      margin === null ? verdict.margin === null : Math.abs(verdict.margin! - margin) < 1e-9,
      String(similarities),
    );
  }
  assert.equal(decide("", [row(0.95), row(0.95)], { ...thresholds, margin: 0 }, undefined).decision, "answer");
});

it("an alias or the same text is an answer, however far it is", () => {
  const thresholds = { answer: 0.9, suggest: 0.8, margin: 0.02 };
  for (const found of ["alias", "exact"] as const)
    assert.deepEqual(decide("", [row(0.25, found), row(0.5)], thresholds, undefined), {
      decision: "answer",
      margin: -0.25,
      chance: 1,
      evidence: null,
    });
});

it("thresholds are the model's, set by hand or calibrated, and stale in another generation", () => {
  const calibration = {
    at: "",
    generation: 1,
    model: "a",
    modelChecksum: "x",
    answer: 0.8,
    suggest: 0.6,
    margin: 0.01,
  };
  const none = {
    answerThreshold: null,
    suggestThreshold: null,
    answerMargin: null,
    judgeSlope: null,
    judgeOffset: null,
    calibration: null,
  };
  const index = { ...none, name: "faq", generation: 1, modelId: "a", modelChecksum: "x" } as IndexRecord;
  const description = { thresholds: { answer: 0.9, suggest: 0.79 } };
  const model = { ...description.thresholds, margin: 0, source: "model", stale: null };
  assert.deepEqual(thresholdsOf(index, description), model);

  const set = thresholdsOf({ ...index, answerThreshold: 0.7 }, description);
  assert.deepEqual(set, { answer: 0.7, suggest: 0.7, margin: 0, source: "set", stale: null });

  const own = { answerThreshold: 0.8, suggestThreshold: 0.6, answerMargin: 0.01 };
  const calibrated = { ...index, ...own, calibration: { ...calibration, report: {} } };
  const found = { answer: 0.8, suggest: 0.6, margin: 0.01, source: "calibrated", stale: null };
  assert.deepEqual(thresholdsOf(calibrated, description), found);
  assert.equal(thresholdsOf({ ...calibrated, answerMargin: 0 }, description).source, "set");

  const weighed = thresholdsOf({ ...calibrated, generation: 2 }, description);
  assert.match(weighed.stale!, /generation 1 \(a\), with other word weights; its thresholds are still used/);
  const other = { ...calibrated, ...none, calibration: calibrated.calibration, generation: 2, modelId: "b" };
  assert.equal(thresholdsOf(other, description).source, "model");
  assert.match(thresholdsOf(other, description).stale!, /of another model; its thresholds are not used/);
});
