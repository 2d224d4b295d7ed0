import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { calibrate, type CalibrateResult } from "../../../src/app/judge/calibrate.ts";
import type { Check } from "../../../src/app/operate/check.ts";
import type { MatchResult } from "../../../src/app/ask/match.ts";
import type { IndexStatus } from "../../../src/app/status.ts";
import type { Database } from "../../../src/db/database.ts";
import { createEmbedder, withEmbedder } from "../../../src/embed/embedder.ts";
import { adjustChance } from "../../../src/judge/adjustment.ts";
import { storeCalibration } from "../../../src/db/indexes/calibration.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { runCli } from "../../support/cli.ts";
import { describeDatabases } from "../../support/databases.ts";

const KNOWN =
  "发票 退款 密码 会员 积分 快递 优惠券 售后 订单 地址 余额 提现 保修 维修 换货 押金 账号 客服 评价 短信".split(" ");
const UNKNOWN =
  "火锅 签证 围棋 感冒 台风 吉他 鹦鹉 化学 篮球 护照 股票 高铁 咖啡 恐龙 月亮 游泳 装修 驾照 多肉 电影".split(" ");
const ASKS = ["?怎么办理", "请问?在哪里", "?要多久", "我想问问?的事", "?是什么"].map(
  (each) => (word: string) => each.replace("?", word),
);

describeDatabases("calibrate", (databases) => {
  let database: Database;
  let folder: string;
  let questions: string;
  const ltd = (...args: string[]) => runCli([...args, "--threads", "1"], { database });
  const json = async <T>(...args: string[]): Promise<T> => {
    const { code, stdout, stderr } = await ltd(...args, "--json");
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as T;
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ltd-calibrate-"));
    database = await databases.create("initialised");
    await database.script(`create table faq (id int primary key, question text);
      insert into faq values ${KNOWN.map((word, id) => `(${id}, '${word}')`).join(", ")}`);
    for (const args of [["add", "faq"], ["sync"]]) assert.equal((await ltd(...args)).code, 0);
    const known = KNOWN.flatMap((word, id) => ASKS.map((ask) => `${ask(word)},${id}`));
    const unknown = UNKNOWN.flatMap((word) => ASKS.map((ask) => `${ask(word)},`));
    questions = join(folder, "questions.csv");
    await writeFile(questions, ["question,key", ...known, ...unknown].join("\n"));
  });
  after(() => rm(folder, { recursive: true }));

  it("finds thresholds for labelled questions, stores them, and match goes by them", async () => {
    const before = await json<MatchResult>("match", "faq", "发票怎么办理");
    const dry = await json<CalibrateResult>("calibrate", "faq", questions, "--precision", "0.85", "--no-save");
    assert.deepEqual([dry.saved, (await getIndex(database, "faq")).answerThreshold], [false, null]);

    const found = await json<CalibrateResult>("calibrate", "faq", questions, "--precision", "0.85");
    const { answer, suggest, curve, saved } = found;
    assert.deepEqual(
      { ...found.questions },
      { answerable: 100, unanswerable: 100, unanswerableAre: "labelled", foreignShare: 0.5 },
    );
    assert.ok(saved && answer !== null && suggest !== null && found.isLabelled);
    assert.ok(answer.precision.value >= 0.85 && suggest.threshold <= answer.threshold);
    assert.ok(answer.recall.value > 0.2, String(answer.recall.value));
    assert.ok(curve.length > 5 && curve.every(({ precision }) => precision.low <= precision.high));

    const index = await getIndex(database, "faq");
    assert.deepEqual(
      [index.answerThreshold, index.suggestThreshold, index.answerMargin],
      [answer.threshold, suggest.threshold, 0],
    );
    const { model, generation, modelChecksum, report } = index.calibration!;
    assert.deepEqual([model, generation, modelChecksum], [index.modelId, 1, index.modelChecksum]);
    assert.deepEqual(report["asked"], { precision: 0.85, suggestPrecision: 0.7, confidence: 0.95 });
    const matched = await json<MatchResult>("match", "faq", "发票怎么办理");
    assert.notDeepEqual(matched.thresholds, before.thresholds);
    const { adjustment } = found;
    assert.ok(adjustment !== null && adjustment.heldOut.adjusted <= adjustment.heldOut.judge);
    assert.deepEqual(
      [index.judgeSlope, index.judgeOffset],
      adjustment.fitted === "nothing" ? [null, null] : [adjustment.slope, adjustment.offset],
    );
    assert.ok(Math.abs(matched.chance! - adjustChance(before.chance!, adjustment)) < 1e-9);
    const again = await json<CalibrateResult>("calibrate", "faq", questions, "--precision", "0.85", "--no-save");
    assert.deepEqual(again.adjustment, adjustment, "it is fitted to the judge's chances, not to adjusted ones");
    assert.deepEqual(matched.thresholds, { answer: answer.threshold, suggest: suggest.threshold, margin: 0 });
    assert.equal(matched.decision === "answer", matched.chance! >= answer.threshold);
  });

  it("leaves thresholds in force that are precise enough and answer more, where it is told to", async () => {
    const labelled = [...KNOWN, ...UNKNOWN].flatMap((word, at) =>
      ASKS.map((ask) => ({ question: ask(word), keys: at < KNOWN.length ? [String(at)] : [], texts: [], wrong: [] })),
    );
    const find = async (keepGood: boolean) => {
      const index = await getIndex(database, "faq");
      const embedder = createEmbedder({ model: index.modelId, threads: 1 });
      return withEmbedder(embedder, (open) =>
        calibrate(database, index, open, { questions: labelled, precision: 0.85, save: true, keepGood }),
      );
    };
    const promised = await find(false);
    assert.equal(promised.stays, false);
    const bold = promised.curve.findLast(({ precision }) => precision.value > 0.86)!;
    assert.ok(bold.recall.value > promised.answer!.recall.value, "more is measured to be right than can be promised");
    const inForce = async () => (await getIndex(database, "faq")).answerThreshold;
    await database.query("update ltd.index set answer_threshold = $1 where name = 'faq'", [bold.threshold]);
    const kept = await find(true);
    assert.deepEqual([kept.stays, kept.saved, await inForce()], [true, false, bold.threshold]);
    assert.deepEqual([kept.inForce.answered, kept.inForce.recall], [bold.answered, bold.recall]);

    await database.query("update ltd.index set answer_threshold = 0.0001 where name = 'faq'");
    const mended = await find(true);
    assert.ok(mended.inForce.precision.value < 0.85, "thresholds that break what is asked do not stay");
    assert.deepEqual([mended.stays, mended.saved, await inForce()], [false, true, promised.answer!.threshold]);
  });

  it("takes labels from a query, with texts in place of keys, and other columns", async () => {
    await database.script(`create table feedback (asked text, clicked text, good int);
      insert into feedback select q.id || '号：' || q.question || '怎么弄', q.question, 1 from faq q`);
    const flags = [
      "--columns",
      "asked,clicked,good",
      "--precision",
      "0.5",
      "--suggest-precision",
      "0.4",
      "--confidence",
      "0.8",
    ];
    const found = await json<CalibrateResult>("calibrate", "faq", "--query", "table feedback", ...flags, "--no-save");
    assert.deepEqual([found.questions.answerable, found.questions.unanswerableAre], [20, "rows and foreign questions"]);
    assert.ok(found.questions.unanswerable > 100 && found.questions.foreignShare === 0.5);
  });

  it("bounds false answers without labels, with foreign questions of one's own", async () => {
    const foreign = join(folder, "foreign.txt");
    await writeFile(foreign, `${UNKNOWN.flatMap((word) => ASKS.map((ask) => ask(word))).join("\n")}\n`);
    const flags = ["--foreign", foreign, "--precision", "0.6", "--suggest-precision", "0.5", "--sample-rows", "20"];
    const found = await json<CalibrateResult>("calibrate", "faq", ...flags, "--no-save");
    assert.deepEqual([found.isLabelled, found.questions.answerable, found.questions.unanswerable], [false, 0, 120]);
    assert.ok(found.answer!.falseAnswers.value <= 0.4);
    const shown = await ltd("calibrate", "faq", ...flags, "--no-save");
    assert.match(shown.stdout, /at most 40\.0 % of the questions without an answer may get one \(without labels/);
  });

  it("says when no threshold keeps what is asked, and stores the best that one keeps", async () => {
    const { code, stdout } = await ltd("calibrate", "faq", questions, "--precision", "0.999", "--margin", "0,0.1");
    assert.equal(code, 3);
    assert.match(stdout, /NO threshold keeps this; [0-9.]+ % of the answers right can be promised/);
    assert.match(stdout, /stored +yes\nMore labelled questions/);
    const { calibration } = await getIndex(database, "faq");
    const { kept } = calibration!.report as { kept: number };
    assert.ok(kept >= 0.5 && kept < 0.999, String(kept));
  });

  it("stores nothing where not even half can be promised", async () => {
    const before = await getIndex(database, "faq");
    const few = join(folder, "few.csv");
    await writeFile(few, "question,key\n发票怎么办理,0\n火锅怎么办理,\n");
    const { code, stdout } = await ltd("calibrate", "faq", few);
    assert.equal(code, 3);
    assert.match(stdout, /NO threshold keeps this\n[^]*stored +no\nMore labelled questions/);
    assert.deepEqual(await getIndex(database, "faq"), before);
  });

  it("with too few labels for a promise stores the chances of the table, and says what the model's thresholds do", async () => {
    const before = await getIndex(database, "faq");
    const wrong = KNOWN.map((word) => `${ASKS[0]!(word)},`);
    const right = KNOWN.slice(0, 6).map((word, id) => `${ASKS[1]!(word)},${id}`);
    const file = join(folder, "doubtful.csv");
    await writeFile(file, ["question,key", ...wrong, ...right].join("\n"));
    const { code, stdout } = await ltd("calibrate", "faq", file);
    assert.equal(code, 3);
    assert.match(
      stdout,
      /chances +log odds × 1\.00 − [0-9.]+ \(offset\); loss of held-out questions [0-9.]+ -> [0-9.]+/,
    );
    assert.match(
      stdout,
      /model's own +from 0\.\d+: [^]*stored +the chances of this table, with the model's thresholds/,
    );
    const { answerThreshold, judgeSlope, judgeOffset, calibration } = await getIndex(database, "faq");
    assert.deepEqual([answerThreshold, judgeSlope], [null, 1]);
    assert.ok(judgeOffset! < -0.5, String(judgeOffset));
    assert.equal(calibration!.answer, null);
    const { thresholds } = await json<MatchResult>("match", "faq", "发票怎么办理");
    assert.ok(thresholds.answer < 1);
    assert.match((await ltd("match", "faq", "发票", "--explain")).stdout, /\(calibrated/);
    await storeCalibration(database, before, before.calibration);
  });

  it("sets thresholds by hand, and refuses those out of range", async () => {
    const before = await getIndex(database, "faq");
    assert.equal((await ltd("calibrate", "faq", "--answer", "0.85", "--suggest", "0.4")).code, 0);
    const { answerThreshold, suggestThreshold, calibration } = await getIndex(database, "faq");
    assert.deepEqual([answerThreshold, suggestThreshold, calibration], [0.85, 0.4, null]);
    const explained = await ltd("match", "faq", "发票", "--explain");
    assert.match(explained.stdout, /thresholds: answer 0.85, suggest 0.4, margin 0 \(set by hand\)/);
    for (const [flags, message] of [
      [["--answer", "1.2"], /answer is 1.2, but must be a chance from 0 to 1/],
      [["--answer", "0.5", "--suggest", "0.6"], /suggest is 0.6, above answer, which is 0.5/],
      [["--suggest", "x"], /suggest is NaN/],
      [[questions, "--answer", "0.5"], /by hand or found for questions, not both/],
    ] as const) {
      const refused = await ltd("calibrate", "faq", ...flags);
      assert.match(refused.stderr, message);
      assert.equal(refused.code, 2);
    }
    assert.equal((await getIndex(database, "faq")).answerThreshold, 0.85);
    await storeCalibration(database, before, before.calibration);
  });

  it("a generation that weighs otherwise makes it stale, for status and doctor; rollback brings it back; --reset forgets", async () => {
    const stale = async () => (await json<IndexStatus[]>("status", "faq"))[0]!.staleThresholds;
    assert.equal(await stale(), null);
    assert.equal((await ltd("weights", "set", "faq", "发票", "3")).code, 0);
    assert.match((await stale())!, /calibrated for generation 1 \(ltd-zh-2\), with other word weights/);
    assert.match((await ltd("match", "faq", "发票")).stderr, /note: the thresholds were calibrated for generation 1/);
    assert.match((await ltd("status")).stdout, /thresholds +STALE: .*\(ltd-index calibrate faq\)/);
    const checks = (await ltd("doctor", "--json")).stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Check);
    assert.ok(checks.some(({ level, advice }) => level === "warning" && /calibrate faq/.test(advice ?? "")));
    assert.equal((await ltd("generation", "rollback", "faq")).code, 0);
    assert.equal(await stale(), null);
    await json("calibrate", "faq", "--reset");
    const { answerThreshold, calibration } = await getIndex(database, "faq");
    assert.deepEqual([answerThreshold, calibration], [null, null]);
  });

  it("says that the index is behind, and what cannot be", async () => {
    await database.query("insert into faq values (900, '新的问题'), (901, '另一个问题')");
    const late = await ltd("calibrate", "faq", questions, "--precision", "0.85", "--json", "--no-save");
    assert.match(late.stderr, /note: 2 changed rows wait for ltd-index sync faq/);
    assert.equal((JSON.parse(late.stdout) as CalibrateResult).pending, 2);
    const cases: [string[], number, RegExp][] = [
      [["none"], 1, /there is no index "none"/],
      [["faq", join(folder, "none.csv")], 1, /none\.csv cannot be read/],
      [["faq", questions, "--query", "table feedback"], 2, /or from --journal: one of them/],
      [["faq", questions, "--precision", "1"], 2, /precision is 1, but must lie between 0 and 1/],
      [["faq", questions, "--precision", "95"], 2, /--precision is 95, but must be a number from 0 to 1/],
      [["faq", questions, "--precision", "0.6", "--suggest-precision", "0.8"], 2, /cannot be above that of answers/],
      [["faq", questions, "--foreign-share", "1"], 2, /foreignShare is 1/],
      [["faq", "--query", "select question from faq"], 1, /the query has the columns question: they do not say/],
      [["faq", "--query", "select question, id as key from faq where false"], 1, /the query has no rows/],
    ];
    for (const [args, code, message] of cases) {
      const refused = await ltd("calibrate", ...args);
      assert.match(refused.stderr, message);
      assert.equal(refused.code, code);
    }
    await database.query("create table nothing (id int primary key, question text)");
    await ltd("add", "nothing");
    assert.match((await ltd("calibrate", "nothing")).stderr, /the index "nothing" has no vectors/);
  });
});
