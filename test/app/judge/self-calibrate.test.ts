import assert from "node:assert/strict";
import { before, it } from "node:test";
import type { SyncResult } from "../../../src/app/keep/sync.ts";
import type { IndexStatus } from "../../../src/app/status.ts";
import type { Database } from "../../../src/db/database.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { FOREIGN_QUESTIONS } from "../../../src/judge/foreign-questions.ts";
import { runCli } from "../../support/cli.ts";
import { describeDatabases, describeServer } from "../../support/databases.ts";

const THINGS =
  "发票 退款 密码 会员 积分 快递 优惠券 售后 订单 地址 余额 提现 保修 维修 换货 押金 账号 客服 评价 短信".split(" ");
const ROWS = THINGS.flatMap((thing) => [`怎么申请${thing}`, `${thing}什么时候到`, `如何关闭${thing}通知`]);

/** A database whose pipelines are run by `pipeline`. */
function withPipeline(database: Database, pipeline: Database["pipeline"]): Database {
  return new Proxy(database, {
    get(target, name) {
      const value: unknown = name === "pipeline" ? pipeline : Reflect.get(target, name, target);
      return typeof value === "function" ? (value as () => unknown).bind(target) : value;
    },
  });
}

describeDatabases("the calibration that an index does by itself", (databases) => {
  let database: Database;
  const sync = async (name: string, ...flags: string[]): Promise<SyncResult> => {
    const { code, stdout, stderr } = await runCli(["sync", name, ...flags, "--json", "--threads", "1"], { database });
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as SyncResult;
  };
  const make = async (name: string, rows: readonly string[]) => {
    await database.script(`create table ${name} (id int primary key, question text)`);
    await database.query(`insert into ${name} select n, t from unnest($1::text[]) with ordinality as r (t, n)`, [rows]);
    assert.equal((await runCli(["add", name], { database })).code, 0);
  };
  const statusOf = async (name: string) => {
    const { stdout } = await runCli(["status", name, "--json"], { database });
    return (JSON.parse(stdout) as IndexStatus[])[0]!;
  };
  before(async () => {
    database = await databases.create("initialised");
  });

  it("is done once, after the first load, and reported by status", async () => {
    await make("faq", ROWS);
    const { calibrated } = await sync("faq");
    assert.ok(calibrated !== null);
    assert.deepEqual([calibrated.foreign.asked, calibrated.answer], [FOREIGN_QUESTIONS.length, null]);
    assert.ok(calibrated.foreign.answered <= 5, "a table of other things");
    assert.ok(calibrated.alike.asked > 20 && calibrated.otherwise.asked > 5 && calibrated.seconds > 0);
    const { answerThreshold, calibration } = await getIndex(database, "faq");
    assert.deepEqual([answerThreshold, calibration!.answer], [null, null]);
    assert.match(
      (await statusOf("faq")).calibration!,
      /^the model's thresholds, checked without labels: \d of 108 foreign/,
    );
    assert.match((await runCli(["status", "faq"], { database })).stdout, /thresholds +the model's thresholds, checked/);
    await database.query("insert into faq values (900, '新的问题')");
    assert.equal((await sync("faq")).calibrated, null);
    assert.equal((await statusOf("faq")).staleThresholds, null);
  });

  it("raises the answer threshold if questions without an answer get one", async () => {
    await make(
      "everything",
      FOREIGN_QUESTIONS.map((question) => `请问${question}呢`),
    );
    const { calibrated } = await sync("everything");
    assert.ok(calibrated!.answer !== null && calibrated!.answer > 0.5, JSON.stringify(calibrated));
    const index = await getIndex(database, "everything");
    assert.deepEqual([index.answerThreshold, index.suggestThreshold], [calibrated!.answer, null]);
    assert.match((await statusOf("everything")).calibration!, /^answer from 0\.\d+, checked without labels/);
    const { stdout } = await runCli(["match", "everything", "天气", "--explain"], { database });
    assert.match(stdout, /\(calibrated/);
  });

  it("skips thresholds set by hand, small tables, and a sync that does not want it", async () => {
    await make("hand", ROWS);
    await runCli(["calibrate", "hand", "--answer", "0.7", "--suggest", "0.3"], { database });
    assert.equal((await sync("hand")).calibrated, null);
    assert.equal((await statusOf("hand")).calibration, "set by hand: answer from 0.7, suggest from 0.3");
    await make("small", ROWS.slice(0, 49));
    assert.equal((await sync("small")).calibrated, null);
    await make("unwanted", ROWS);
    assert.equal((await sync("unwanted", "--no-calibrate")).calibrated, null);
    assert.deepEqual(
      [(await getIndex(database, "unwanted")).calibration, (await statusOf("unwanted")).calibration],
      [null, null],
    );
    assert.match(
      (await runCli(["status", "unwanted"], { database })).stdout,
      /thresholds +the model's, never checked on these rows \(ltd-index calibrate unwanted\)/,
    );
    assert.doesNotMatch((await runCli(["status", "small"], { database })).stdout, /never checked/);
  });

  it("reads of long texts their beginning, and each row once", async () => {
    await make(
      "long",
      ROWS.map((row) => `${row}，${"请写下每一步的说明。".repeat(2_000)}`),
    );
    const lengths = { row: [] as number[], neighbour: [] as number[] };
    const note = (rows: object[]) => {
      for (const row of rows as { values?: readonly string[]; distance?: number }[])
        if (row.values) lengths[row.distance === undefined ? "row" : "neighbour"].push(row.values.join("").length);
      return rows;
    };
    const noting = withPipeline(database, async (...asked) => (await database.pipeline(...asked)).map(note));
    const { code, stdout, stderr } = await runCli(["sync", "long", "--json", "--threads", "1"], { database: noting });
    assert.equal(code, 0, stderr);
    const { calibrated } = JSON.parse(stdout) as SyncResult;
    const { foreign, alike, otherwise } = calibrated!;
    const questions = foreign.asked + alike.asked + otherwise.asked;
    assert.ok(questions > FOREIGN_QUESTIONS.length);
    // each is read to be embedded, and once more to make a question of it
    assert.deepEqual([lengths.row.length, Math.max(...lengths.row)], [2 * ROWS.length, 4_096]);
    assert.equal(Math.max(...lengths.neighbour), 1_024);
    assert.ok(lengths.neighbour.length >= questions * 10);
  });
});

describeServer("a time limit of the role", (databases) => {
  it("ends the check of the thresholds, which sync, status and doctor say with the next command", async () => {
    const database = await databases.create("initialised");
    await database.script("create table faq (id int primary key, question text)");
    await database.query("insert into faq select n, t from unnest($1::text[]) with ordinality as r (t, n)", [ROWS]);
    // as if its role had the limit, and the server were slow
    const slowly = ["set local statement_timeout = 10", "select pg_sleep(2)"].map((text) => ({ text }));
    const limited = withPipeline(database, (statements, options) =>
      database.pipeline(
        statements.some(({ text }) => text.includes("ask/search-settings")) ? [...slowly, ...statements] : statements,
        options,
      ),
    );
    const ltd = async (args: string[], language = "en") => {
      const run = await runCli(args, { database: limited, environment: { LTD_LANG: language } });
      assert.equal(run.code, 0, run.stderr);
      return run;
    };
    await ltd(["add", "faq"]);
    const { stdout, stderr } = await ltd(["sync", "faq", "--threads", "1"]);
    assert.match(stdout, /60 embedded.*vector index built, thresholds NOT checked/);
    assert.match(
      stderr,
      /hint: a time limit of the role ended the check of the thresholds \(.*statement timeout\): run ltd-index calibrate faq/,
    );
    assert.match((await ltd(["status", "faq"])).stdout, /never checked on these rows \(ltd-index calibrate faq\)/);
    assert.match((await ltd(["status", "faq"], "zh")).stdout, /没有用这些行检查过（ltd-index calibrate faq）/);
    const told = (await ltd(["doctor"])).stdout;
    assert.match(told, /its thresholds are the model's, never checked on its rows[^]*ltd-index calibrate faq/);

    await ltd(["remove", "faq"]);
    await ltd(["add", "faq"]);
    const chinese = await ltd(["sync", "faq", "--threads", "1"], "zh");
    assert.match(chinese.stdout, /阈值未检查/);
    assert.match(chinese.stderr, /提示：阈值检查因角色的时间限制而中止.*ltd-index calibrate faq/);
  });
});
