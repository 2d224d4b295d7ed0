import assert from "node:assert/strict";
import { it } from "node:test";
import { thresholdsOf } from "../../src/app/thresholds.ts";
import type { IndexRecord } from "../../src/db/index-record.ts";
import { decide } from "../../src/judge/decision.ts";

it("a decision is made of two numbers", () => {
  const thresholds = { answer: 0.9, suggest: 0.8, margin: 0.02 };
  const cases: [number | undefined, number | null, string][] = [
    [undefined, null, "none"],
    [0.79, 0.5, "none"],
    [0.8, 0.5, "suggest"],
    [0.9, null, "answer"],
    [0.9, 0.02, "answer"],
    [0.99, 0.019, "suggest"],
  ];
  for (const [similarity, margin, decision] of cases) {
    assert.equal(decide(similarity, margin, thresholds), decision, `${similarity} ${margin}`);
  }
  assert.equal(decide(0.95, 0, { ...thresholds, margin: 0 }), "answer");
});

it("thresholds are the model's, somebody's or calibrated, and stale in another generation", () => {
  const calibration = {
    at: "",
    generation: 1,
    model: "a",
    modelChecksum: "x",
    answer: 0.8,
    suggest: 0.6,
    margin: 0.01,
  };
  const none = { answerThreshold: null, suggestThreshold: null, answerMargin: null, calibration: null };
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
  assert.match(weighed.stale!, /generation 1 \(a\), which weighs words otherwise; its thresholds are still used/);
  const other = { ...calibrated, ...none, calibration: calibrated.calibration, generation: 2, modelId: "b" };
  assert.equal(thresholdsOf(other, description).source, "model");
  assert.match(thresholdsOf(other, description).stale!, /of another model; its thresholds are not used/);
});
