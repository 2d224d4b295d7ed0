import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import type { MatchResult } from "../../../src/app/ask/match.ts";
import type { GapsResult } from "../../../src/app/loop/gaps.ts";
import { openIndex, type Index } from "../../../src/app/open/open-index.ts";
import { clearLog, logStatus, setLog, stopLog } from "../../../src/app/operate/log.ts";
import type { Database } from "../../../src/db/database.ts";
import { runCli } from "../../support/cli.ts";
import { describeServer } from "../../support/databases.ts";
import { oneAndShards, splitRows, type SplitRow } from "../../support/shards.ts";

/** Questions with and without an answer, some of them alike. */
const asked = [
  "怎么退款",
  "今天天气怎么样",
  "今天天气怎么样？",
  "明天天气怎么样",
  "花呗怎么分期",
  "可以用花呗分期吗",
  "电影票怎么改签",
  "怎么联系客服",
  "今天天气怎么样",
  "有没有无糖可乐",
  "怎么退款",
];

/** All but the times. */
function timeless({ gaps, ...result }: GapsResult): unknown {
  const shown = gaps.map(({ last: _last, ...gap }) => gap);
  return JSON.parse(
    JSON.stringify({ ...result, gaps: shown }, (_, each: unknown) =>
      typeof each === "number" ? Number(each.toFixed(5)) : each,
    ),
  );
}

describeServer("the question logs of three shards", (databases) => {
  let whole: Database;
  let front: Database;
  let ofOne: Index<SplitRow>;
  let ofShards: Index<SplitRow>;
  let shards: Database[] = [];
  let takeBack = async (): Promise<void> => {};

  before(async () => {
    ({ whole, front, shards, takeBack } = await oneAndShards(databases, splitRows, "part"));
    ofOne = await openIndex<SplitRow>({ index: "faq", database: whole, threads: 1 });
    ofShards = await openIndex<SplitRow>({ index: "faq", database: front, threads: 1 });
  });
  after(async () => {
    await ofShards?.close();
    await ofOne?.close();
    await takeBack();
  });

  const logged = async () =>
    (
      await Promise.all(
        shards.map((shard) =>
          shard.query<{ question: string; source: string }>("select question, source from ltd.question order by 1"),
        ),
      )
    ).map((rows) => rows.map(({ question }) => question));

  it("take nothing while they are off, and each question once when they are on", async () => {
    assert.equal((await ofShards.match("怎么退款")).questionId, null);
    const off = await runCli(["log", "status", "faq", "--json"], { database: front });
    assert.deepEqual(JSON.parse(off.stdout).settings, null, off.stderr);
    const on = await runCli(["log", "on", "faq", "--keep", "90d"], { database: front });
    assert.match(on.stdout, /index +faq\nlog +on\nkeeps +every question; without phones, ids; 90 days/, on.stderr);
    await setLog(whole, "faq", { keepDays: 90 });
    for (const index of [ofOne, ofShards]) {
      const results: MatchResult<SplitRow>[] = [];
      for (const question of asked) {
        results.push(await index.match(question));
        // of gaps that were asked as often the last one is the first
        await setTimeout(30);
      }
      assert.equal(new Set(results.map(({ questionId }) => questionId)).size, asked.length);
      assert.equal((await index.match("？！")).questionId, null);
      const helped = results[0]!;
      await index.feedback({ questionId: helped.questionId!, helped: true, voter: "anna" });
      // two of three voters say that the answer is wrong, and which row it is
      const wrong = results[asked.indexOf("怎么联系客服")]!;
      assert.equal(wrong.decision, "answer");
      for (const voter of ["anna", "ben"])
        await index.feedback({ questionId: wrong.questionId!, helped: false, chosen: 23, voter });
    }
    for (const database of [whole, front]) {
      const cli = await runCli(["match", "faq", "电影票怎么改签", "--json"], { database });
      assert.notEqual(JSON.parse(cli.stdout).questionId, null, cli.stderr);
    }
    const [one, three] = [await logStatus(whole, "faq"), await logStatus(front, "faq")];
    assert.deepEqual({ ...three, oldest: null, newest: null }, { ...one, oldest: null, newest: null });
    assert.deepEqual([three.questions, three.votes, three.waiting], [asked.length + 1, 3, 0]);
    const each = await logged();
    assert.ok(each.filter((of) => of.length > 0).length > 1, "not all on one shard");
    for (const question of asked)
      assert.equal(each.filter((of) => of.includes(question)).length, 1, `${question} is on one shard`);
  });

  it("give the gaps of one index with all rows", async () => {
    for (const options of [{}, { limit: 1 }, { questions: 3 }, { since: new Date(Date.now() + 60_000) }]) {
      const [three, one] = [await ofShards.gaps(options), await ofOne.gaps(options)];
      assert.deepEqual(timeless(three), timeless(one));
    }
    const { gaps, questions } = await ofShards.gaps();
    assert.ok(questions > 4);
    assert.deepEqual([gaps[0]!.question, gaps[0]!.asked], ["今天天气怎么样", 4]);
    assert.deepEqual(gaps.find(({ question }) => question === "怎么联系客服")?.chosen, ["23"]);
    const printed = await runCli(["gaps", "faq"], { database: front });
    const expected = await runCli(["gaps", "faq"], { database: whole });
    assert.deepEqual([printed.stdout, printed.code], [expected.stdout, 0], printed.stderr);
  });

  it("refuse what one log refuses", async () => {
    const wrong = { helped: true, voter: "anna" };
    await assert.rejects(ofShards.feedback({ ...wrong, questionId: "17" }), { code: "input" });
    const unknown = "00000000-0000-4000-8000-000000000000";
    await assert.rejects(ofShards.feedback({ ...wrong, questionId: unknown }), {
      code: "input",
      message: /there is no question 0{8}-.* in the log/,
    });
    await assert.rejects(setLog(front, "faq", { sample: 2 }), { code: "usage" });
    await assert.rejects(logStatus(front, "nothing"), { code: "index" });
  });

  it("take the questions of a shard that does not answer, but no gaps are found without it", async () => {
    await front.query("insert into ltd.shard values ('faq', 'gone', 'postgres://nobody@127.0.0.1:1/none', 'faq')");
    const questions = splitRows.map(({ question }) => `${question}么`);
    const partial = await openIndex<SplitRow>({ index: "faq", database: front, threads: 1 });
    try {
      const results = await partial.matchAll(questions);
      assert.ok(results.every(({ questionId, partial: missing }) => questionId !== null && missing?.[0] === "gone"));
      await assert.rejects(partial.gaps(), { code: "database", message: /nothing listens at/ });
      const { questionId } = results[0]!;
      await partial.feedback({ questionId: questionId!, helped: false, voter: "cara" });
    } finally {
      await partial.close();
    }
    const cli = await runCli(["gaps", "faq"], { database: front });
    assert.deepEqual([cli.code, /nothing listens at/.test(cli.stderr)], [1, true], cli.stderr);
    const status = await runCli(["log", "status", "faq"], { database: front });
    assert.deepEqual([status.code, /nothing listens at/.test(status.stderr)], [1, true], status.stderr);
    await front.query("delete from ltd.shard where name = 'gone'");
    assert.equal((await logStatus(front, "faq")).questions, asked.length + 1 + questions.length);
  });

  it("of a shard that is off are passed over; a shard without a log gets the settings of the others", async () => {
    await clearLog(front, "faq");
    await shards[0]!.query("update ltd.index set question_log = null");
    const results = await ofShards.matchAll(splitRows.map(({ question }) => question));
    assert.ok(results.every(({ questionId }) => questionId !== null));
    await ofShards.gaps({ limit: 1 }); // writes what waits
    assert.equal((await logStatus(front, "faq")).isOn, true);
    await stopLog(front, "faq");
    assert.equal((await ofShards.match("怎么退款")).questionId, null);
    const { isOn, settings, questions } = await setLog(front, "faq");
    assert.deepEqual([isOn, settings?.keepDays, questions], [true, 90, splitRows.length]);
    assert.deepEqual((await logged())[0], []);
    const [{ days }] = (await shards[0]!.query<{ days: number }>(
      "select (question_log ->> 'keepDays')::integer as days from ltd.index",
    )) as [{ days: number }];
    assert.equal(days, 90);
    assert.deepEqual(await clearLog(front, "faq"), { questions: splitRows.length, votes: 0 });
  });
});
