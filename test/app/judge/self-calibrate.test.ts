import assert from "node:assert/strict";
import { before, it } from "node:test";
import type { SyncResult } from "../../../src/app/keep/sync.ts";
import type { IndexStatus } from "../../../src/app/status.ts";
import type { Database } from "../../../src/db/database.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { FOREIGN_QUESTIONS } from "../../../src/judge/foreign-questions.ts";
import { runCli } from "../../support/cli.ts";
import { describeDatabases } from "../../support/databases.ts";

const THINGS =
  "发票 退款 密码 会员 积分 快递 优惠券 售后 订单 地址 余额 提现 保修 维修 换货 押金 账号 客服 评价 短信".split(" ");
const ROWS = THINGS.flatMap((thing) => [`怎么申请${thing}`, `${thing}什么时候到`, `如何关闭${thing}通知`]);

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
  });
});
