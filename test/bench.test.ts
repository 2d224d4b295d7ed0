import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { writeBert } from "../bench/shapes/bert.ts";
import { tokenizer, VOCABULARY } from "../bench/shapes/tokenizer.ts";
import { openBert } from "../bench/systems/bert.ts";
import { createWordPiece } from "../bench/systems/word-piece.ts";
import type { SpeedReport } from "../bench/report/speed-table.ts";
import type { SyncReport } from "../bench/report/sync-table.ts";

function run(bench: "speed" | "sync", ...args: string[]) {
  const entry = join(import.meta.dirname, `../bench/${bench}.ts`);
  return spawnSync(process.execPath, [entry, ...args], { encoding: "utf8" });
}

describe("bench:sync", () => {
  it("measures sync and the student, and ends with one JSON document", { timeout: 300_000 }, () => {
    const { status, stdout, stderr } = run("sync", "--rows", "64", "--rounds", "1", "--json");
    assert.equal(status, 0, stderr);
    const report = JSON.parse(stdout.trimEnd().split("\n").at(-1)!) as SyncReport;
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
    const { status, stdout, stderr } = run("sync", "--rows", "many");
    assert.deepEqual([status, stdout, stderr], [1, "", "--rows is many, but must be a whole number from 1\n"]);
  });
});

describe("bench:speed", () => {
  const shape = "2x64x4x128";

  it("measures a student and an encoder that it builds, and ends with one JSON document", { timeout: 300_000 }, () => {
    const flags = ["--texts", "6", "--rounds", "2", "--seconds", "0", "--shape", shape, "--batch", "4"];
    const { status, stdout, stderr } = run("speed", ...flags, "--threads", "1", "--threads", "2", "--json");
    assert.equal(status, 0, stderr);
    const report = JSON.parse(stdout.trimEnd().split("\n").at(-1)!) as SpeedReport;
    assert.deepEqual(report.settings, { texts: 6, threads: [1, 2], batch: [4], rounds: 2, seconds: 0 });
    const lines = [1, 2].flatMap((threads) =>
      ["questions", "titles"].flatMap((texts) =>
        ["ltd-zh-1", shape].flatMap((system) =>
          [true, false].map((segmentation) => ({ system, texts, threads, batch: 4, segmentation })),
        ),
      ),
    );
    assert.deepEqual(
      report.rows.map(({ system, texts, threads, batch, segmentation }) => {
        return { system, texts, threads, batch, segmentation };
      }),
      lines,
    );
    for (const row of report.rows) {
      const figures = [row.textsPerSecond, row.msPerText, row.cpuMsPerText, row.bytes, row.peakMemory];
      assert.ok(
        figures.every((figure) => Number.isFinite(figure) && figure > 0),
        JSON.stringify(row),
      );
    }
    const student = report.rows.filter((row) => row.system === "ltd-zh-1");
    assert.equal(report.ratios.length, student.length);
    for (const [at, { min, median, max, byCpu, ...ratio }] of report.ratios.entries()) {
      assert.deepEqual(
        [ratio.student, ratio.system, ratio.texts, ratio.threads, ratio.batch, ratio.segmentation],
        ["ltd-zh-1", shape, student[at]!.texts, student[at]!.threads, student[at]!.batch, student[at]!.segmentation],
      );
      assert.ok(0 < min && min <= median && median <= max && byCpu > 0);
    }
    assert.equal(report.profiles.length, 1);
    for (const [step, { seconds, cpuSeconds }] of Object.entries(report.profiles[0]!.steps)) {
      assert.ok(seconds > 0 && cpuSeconds > 0, step);
    }
  });

  it("prints tables, or the profile alone", { timeout: 300_000 }, () => {
    const flags = ["--texts", "4", "--rounds", "1", "--seconds", "0", "--threads", "1", "--batch", "2"];
    const whole = run("speed", ...flags, "--shape", shape);
    assert.match(whole.stdout, /\| ltd-zh-1 \/ 2x64x4x128 \| titles \| 1 \| 2 \|/, whole.stderr);
    const profile = run("speed", ...flags, "--profile");
    assert.match(profile.stdout, /\| segment \| [\d,.]+ \| [\d,.]+ \|/, profile.stderr);
    assert.doesNotMatch(profile.stdout, /titles \|/);
  });

  it("says what is wrong with a setting", () => {
    const says =
      "--shape is 2x65x4x128, but must be bert-base, distilbert, tinybert or LAYERSxHIDDENxHEADSxFEEDFORWARD";
    for (const [flags, message] of [
      [["--threads", "none"], "--threads is none, but must be a whole number from 1"],
      [["--shape", "2x65x4x128"], `${says}, HIDDEN a multiple of HEADS`],
    ] as const) {
      const { status, stdout, stderr } = run("speed", ...flags);
      assert.deepEqual([status, stdout, stderr], [1, "", `${message}\n`]);
    }
  });
});

describe("an encoder in a BERT's shape", () => {
  it("is a graph that ONNX Runtime computes, blind to padding", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ltd-bert-"));
    try {
      for (const tokenTypes of [true, false]) {
        const at = join(folder, String(tokenTypes));
        const shape = { layers: 2, hidden: 64, heads: 4, feedForward: 128, ...(!tokenTypes && { tokenTypes }) };
        await writeBert(at, shape, 7);
        const bert = await openBert(at, 1, 2);
        const texts = ["怎么退款", "如何申请退货退款？", "Covid19 怎么"];
        const together = await bert.embedInputs(texts.map((text) => bert.encode(text)));
        assert.deepEqual([together.rows, together.dims], [3, 64]);
        for (const [row, text] of texts.entries()) {
          const alone = (await bert.embedInputs([bert.encode(text)])).data;
          const apart = Math.max(...alone.map((value, i) => Math.abs(value - together.data[row * 64 + i]!)));
          assert.ok(apart < 1e-5, `${text}: ${apart}`);
        }
        await bert.close();
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("has the tokens of bert-base-chinese by number", () => {
    const { model } = tokenizer();
    assert.equal(Object.keys(model.vocab).length, VOCABULARY);
    const ids = createWordPiece(tokenizer())("高血压covid-19？");
    const { "[CLS]": first, "[SEP]": last, "[UNK]": unknown } = model.vocab;
    assert.deepEqual(ids, [
      first,
      ...["高", "血", "压"].map((c) => model.vocab[c]),
      unknown,
      model.vocab["-"],
      unknown,
      model.vocab["？"],
      last,
    ]);
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
