import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createWordPiece } from "../bench/systems/word-piece.ts";
import type { SpeedReport } from "../bench/report/table.ts";

const bench = join(import.meta.dirname, "../bench/sync.ts");

function run(...args: string[]) {
  return spawnSync(process.execPath, [bench, ...args], { encoding: "utf8" });
}

describe("bench:sync", () => {
  it("measures sync and the student, and ends with one JSON document", { timeout: 300_000 }, () => {
    const { status, stdout, stderr } = run("--rows", "64", "--rounds", "1", "--json");
    assert.equal(status, 0, stderr);
    const report = JSON.parse(stdout.trimEnd().split("\n").at(-1)!) as SpeedReport;
    assert.deepEqual(report.settings, { rows: 64, threads: 1, rounds: 1, batchSize: 64 });
    assert.deepEqual(Object.keys(report.speeds), ["sync-embedded", "student", "student-model"]);
    for (const [name, speed] of Object.entries(report.speeds)) {
      const figures = [speed.rowsPerSecond, speed.cpuMsPerRow, speed.peakMiB];
      if (name !== "student-model") figures.push(speed.startSeconds!, speed.question!.p50Ms, speed.question!.p95Ms);
      assert.ok(
        figures.every((figure) => Number.isFinite(figure) && figure > 0),
        `${name}: ${JSON.stringify(speed)}`,
      );
    }
    assert.deepEqual(Object.keys(report.ratios), ["sync-embedded / student"]);
    assert.deepEqual(Object.keys(report.steps), ["sync-embedded"]);
    const { total, preparePeakMiB: _peak, ...steps } = report.steps["sync-embedded"]!;
    const sum = Object.values(steps).reduce((seconds, step) => seconds + step, 0);
    assert.ok(Math.abs(total - sum) < 1e-6, "the steps of a single round add up");
    assert.equal(report.rounds["sync-embedded"]?.length, 1);

    const { shipped } = report;
    const topSum = Object.values(shipped.top).reduce((bytes, each) => bytes + each, 0);
    assert.equal(topSum, shipped.unpacked);
    assert.ok(shipped.models[`models/${report.model.id}/student.onnx`]! > 1e6);
  });

  it("says what is wrong with a setting", () => {
    const { status, stdout, stderr } = run("--rows", "many");
    assert.deepEqual([status, stdout, stderr], [1, "", "--rows is many, but must be a whole number from 1\n"]);
  });
});

describe("the teacher's tokenizer", () => {
  const vocabulary = ["[UNK]", "[CLS]", "[SEP]", "高", "血", "压", "covid", "##19", "##1", "-", "？", "cafe"];
  const tokenizer = (lowercase: boolean) =>
    createWordPiece({
      normalizer: { type: "BertNormalizer", lowercase, strip_accents: null },
      pre_tokenizer: { type: "BertPreTokenizer" },
      model: {
        unk_token: "[UNK]",
        continuing_subword_prefix: "##",
        max_input_chars_per_word: 100,
        vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
      },
    });

  // As the tokenizers library has them.
  const cases: [text: string, tokens: string][] = [
    ["", "[CLS] [SEP]"],
    ["高血压？", "[CLS] 高 血 压 ？ [SEP]"],
    ["Covid19高 covid-压", "[CLS] covid ##19 高 covid - 压 [SEP]"],
    ["covid1\u200b9", "[CLS] covid ##19 [SEP]"],
    ["covidx 疫", "[CLS] [UNK] [UNK] [SEP]"],
    ["Café", "[CLS] cafe [SEP]"],
  ];
  for (const [text, tokens] of cases) {
    it(`${JSON.stringify(text)} is ${tokens}`, () => {
      const ids = tokenizer(true)(text);
      assert.equal(ids.map((id) => vocabulary[id]).join(" "), tokens);
    });
  }

  it("leaves capitals as they are where tokenizer.json says so", () => {
    assert.deepEqual(tokenizer(false)("Covid covid"), [1, 0, 6, 2]);
  });
});
