import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { EvaluateResult } from "../../src/app/judge/evaluate.ts";
import { runCli } from "../support/cli.ts";

const SAME = [
  ["怎么退款", "如何申请退款"],
  ["忘记密码怎么办", "密码忘了"],
  ["怎么修改收货地址", "收货地址写错了能改吗"],
  ["发票怎么开", "如何开具发票"],
  ["几天能到货", "多久可以送到"],
];

describe("eval", () => {
  let folder: string;
  const write = async (name: string, lines: readonly string[]) => {
    await writeFile(join(folder, name), `${lines.join("\n")}\n`);
    return join(folder, name);
  };
  before(async () => (folder = await mkdtemp(join(tmpdir(), "ltd-eval-"))));
  after(() => rm(folder, { recursive: true }));

  const evaluate = async (...args: string[]) => {
    const { code, stdout, stderr } = await runCli(["eval", ...args, "--json", "--threads", "1"]);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as EvaluateResult;
  };
  const valueOf = ({ scores }: EvaluateResult, system: string, measure: string) =>
    scores.find((score) => score.system === system && score.measure === measure)!.value;

  it("measures pairs beside a control", async () => {
    const pairs = SAME.flatMap(([a, b], at) => [`${a},${b},1`, `${a},${SAME[(at + 1) % SAME.length]![1]},0`]);
    const file = await write("pairs.csv", ["sentence1,sentence2,label", ...pairs, "怎么退款,！！,0"]);
    const found = await evaluate(file, "--samples", "20");
    assert.deepEqual([found.kind, found.units, found.empty], ["pairs", 11, 1]);
    assert.ok(valueOf(found, "ltd-zh-2", "AUC") > 0.95);
    assert.ok(valueOf(found, "char-IDF", "AUC") > 0.5);
    assert.ok(found.scores.every(({ value, low, high }) => low <= value && value <= high));
    const table = await runCli(["eval", file, "--limit", "4", "--samples", "0"]);
    assert.match(table.stdout, /^4 pairs; pairs: rank[^\n]*\nsystem +x 100 +95 %\nltd-zh-2 +Spearman +\d/);
  });

  it("measures an FAQ beside two controls, and takes names for its columns", async () => {
    const file = await write("faq.tsv", ["问\t答", ...SAME.map(([a, b]) => `${b}\t${a}`)]);
    const found = await evaluate(file, "--kind", "faq", "--columns", "问,答");
    assert.equal(found.units, 5);
    assert.ok(valueOf(found, "ltd-zh-2", "R@1") >= 0.8);
    assert.equal(found.scores.length, 6);
  });

  it("measures classes by five folds, or after training on another file", async () => {
    const texts = ["退款", "密码", "发票"].flatMap((topic) =>
      ["怎么办", "在哪里", "要多久", "可以吗", "找谁", "有问题"].map((rest) => `${topic}${rest}\t${topic}`),
    );
    const file = await write("classes.tsv", ["text\tintent", ...texts]);
    const folds = await evaluate(file);
    assert.match(folds.about, /3 classes: accuracy .*, five folds/);
    assert.ok(valueOf(folds, "ltd-zh-2", "accuracy") > 0.9);
    const trained = await evaluate(file, "--train", file);
    assert.match(trained.about, /18 training texts/);
    assert.equal(valueOf(trained, "ltd-zh-2", "accuracy"), 1);
  });

  it("says what is wrong with a file or a flag", async () => {
    const file = await write("wrong.csv", ["txt,lbl", "怎么退款,a", "你好,b"]);
    const cases: [string[], number, RegExp][] = [
      [[file], 1, /the header of \S+wrong\.csv is not known: txt, lbl\nhint: pairs: sentence1/],
      [[join(folder, "none.csv")], 1, /none\.csv cannot be read/],
      [[file, "--kind", "triples"], 2, /--kind is triples/],
      [[file, "--samples", "many"], 2, /--samples is many, but must be a whole number from 0 to 10000/],
      [[join(folder, "pairs.csv"), "--train", join(folder, "pairs.csv")], 2, /--train is for classes/],
    ];
    for (const [args, expected, message] of cases) {
      const { code, stderr } = await runCli(["eval", ...args]);
      assert.equal(code, expected, stderr);
      assert.match(stderr, message);
    }
  });
});
