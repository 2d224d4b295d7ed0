import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import type { CalibrateResult } from "../../../src/app/judge/calibrate.ts";
import { fitWeights, showWeights } from "../../../src/app/operate/weights.ts";
import { accept, setAside } from "../../../src/app/shards/curate.ts";
import { verifyShards } from "../../../src/app/shards/verify.ts";
import type { Database } from "../../../src/db/database.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { runCli } from "../../support/cli.ts";
import { describeServer } from "../../support/databases.ts";
import { oneAndShards, type SplitRow } from "../../support/shards.ts";

const KNOWN =
  "发票 退款 密码 会员 积分 快递 优惠券 售后 订单 地址 余额 提现 保修 维修 换货 押金 账号 客服 评价 短信".split(" ");
const UNKNOWN = "火锅 签证 围棋 感冒 台风 吉他 鹦鹉 化学 篮球 护照 股票 高铁 咖啡 恐龙 月亮 游泳".split(" ");
const rows: SplitRow[] = KNOWN.map((question, id) => ({ id, question, category: "" }));

/** Without rounding. */
function rounded(result: CalibrateResult): unknown {
  return JSON.parse(
    JSON.stringify(result, (_, each: unknown) => (typeof each === "number" ? Number(each.toFixed(4)) : each)),
  );
}

describeServer("thresholds and weights over three shards", (databases) => {
  let whole: Database;
  let front: Database;
  let folder: string;
  let shards: Database[] = [];
  let takeBack = async (): Promise<void> => {};

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ltd-calibrate-"));
    ({ whole, front, shards, takeBack } = await oneAndShards(databases, rows, "part"));
  });
  after(async () => {
    await rm(folder, { recursive: true });
    await takeBack();
  });

  const both = async (...args: string[]): Promise<CalibrateResult> => {
    const results: CalibrateResult[] = [];
    for (const database of [whole, front]) {
      const { code, stdout, stderr } = await runCli(["calibrate", "faq", ...args, "--json"], { database });
      assert.ok(code === 0 || code === 3, stderr);
      results.push(JSON.parse(stdout) as CalibrateResult);
    }
    const [ofOne, ofShards] = results;
    assert.deepEqual(rounded(ofShards!), rounded(ofOne!));
    return ofShards!;
  };
  /** The threshold that all shards have, which is that of the whole. */
  const stored = async (): Promise<number | null> => {
    const { answerThreshold } = await getIndex(whole, "faq");
    for (const shard of shards) {
      const record = await getIndex(shard, "part");
      assert.equal(record.answerThreshold?.toFixed(4), answerThreshold?.toFixed(4));
    }
    assert.ok((await verifyShards(front, "faq")).ok);
    return answerThreshold;
  };

  it("calibrate gives what one index with all rows gives, and stores it on each shard", async () => {
    const sampled = await both("--sample-rows", "10", "--no-save");
    assert.deepEqual([sampled.isLabelled, sampled.saved, await stored()], [false, false, null]);
    const file = join(folder, "questions.csv");
    const asks = ["?怎么办理", "请问?在哪里", "?要多久"];
    const known = KNOWN.flatMap((word, id) => asks.map((ask) => `${ask.replace("?", word)},${id}`));
    const unknown = UNKNOWN.flatMap((word) => asks.map((ask) => `${ask.replace("?", word)},`));
    await writeFile(file, ["question,key", ...known, ...unknown].join("\n"));
    const labelled = await both(file, "--precision", "0.85");
    assert.deepEqual([labelled.index, labelled.isLabelled, labelled.saved], ["faq", true, true]);
    assert.equal((await stored())?.toFixed(4), labelled.answer!.threshold.toFixed(4));
  });

  it("calibrate --journal reads the labels of all shards", async () => {
    for (const database of [whole, front]) {
      for (const [key, word] of KNOWN.entries())
        await accept(database, "faq", key, [`${word}的问题找谁`, `${word}出错了`], { by: "anna" });
      await setAside(database, "faq", "dismiss", UNKNOWN, { by: "anna" });
    }
    const { questions } = await both("--journal", "--precision", "0.8");
    assert.deepEqual([questions.answerable, questions.unanswerable], [2 * KNOWN.length, UNKNOWN.length]);
    await stored();
  });

  it("weights fit counts the words of all shards", async () => {
    for (const database of [whole, front]) await fitWeights(database, "faq");
    const [ofOne, ofShards] = [await showWeights(whole, "faq"), await showWeights(front, "faq")];
    const byWord = (one: { word: string }, other: { word: string }) => (one.word < other.word ? -1 : 1);
    assert.deepEqual(ofShards.sort(byWord), ofOne.sort(byWord));
    assert.ok(ofOne.length >= KNOWN.length);
    assert.ok((await verifyShards(front, "faq")).ok);
  });

  it("are not found where a shard does not answer", async () => {
    await front.query("insert into ltd.shard values ('faq', 'gone', 'postgres://nobody@127.0.0.1:1/none', 'faq')");
    for (const args of [
      ["calibrate", "faq"],
      ["calibrate", "faq", "--journal"],
      ["weights", "fit", "faq"],
    ]) {
      const { code, stderr } = await runCli(args, { database: front });
      assert.deepEqual([code, /nothing listens at/.test(stderr)], [1, true], stderr);
    }
    await front.query("delete from ltd.shard where name = 'gone'");
  });
});
