import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { installSql } from "../../../src/app/functions/install.ts";
import { init } from "../../../src/app/keep/init.ts";
import { openIndex } from "../../../src/app/open/open-index.ts";
import { openServer } from "../../../src/db/connect/server.ts";
import type { Database } from "../../../src/db/database.ts";
import { createEmbedder, type Embedder } from "../../../src/embed/embedder.ts";
import { runCli } from "../../support/cli.ts";
import { describeServer } from "../../support/databases.ts";
import { makeShard, splitRows, syncShard, type SplitRow } from "../../support/shards.ts";
import { startStandbyPair, untilApplied, type StandbyPair } from "../../support/standby.ts";

describeServer("a hot standby", () => {
  let pair: StandbyPair;
  let embedder: Embedder;
  let primary: Database;
  let standby: Database;

  before(
    async () => {
      // the suites' server has no standby, and one of another container cannot reach it
      pair = await startStandbyPair();
      [primary, standby] = [await openServer(pair.primary), await openServer(pair.standby)];
      embedder = await createEmbedder({ threads: 1 });
      await init(primary, embedder.model);
      await makeShard(primary, embedder, splitRows);
      await installSql(primary);
      await untilApplied(primary, standby);
    },
    { timeout: 180_000 },
  );
  after(async () => {
    await primary?.close();
    await standby?.close();
    await embedder?.close();
    await pair?.stop();
  });

  it("answers as its primary does: the library, the command line, and SQL", async () => {
    const [writes] = await standby.query<{ standby: boolean }>("select pg_is_in_recovery() as standby");
    assert.equal(writes!.standby, true);
    const [here, there] = [
      await openIndex<SplitRow>({ index: "faq", database: standby, threads: 1 }),
      await openIndex<SplitRow>({ index: "faq", database: primary, threads: 1 }),
    ];
    for (const question of ["怎么退款", "E1042", "密码忘了"]) {
      const matched = await here.match(question);
      assert.deepEqual(matched, await there.match(question));
      assert.ok(matched.answers.length > 0);
      assert.deepEqual(await here.search(question), await there.search(question));
    }
    assert.deepEqual(await here.similar(13), await there.similar(13));
    assert.deepEqual((await here.status()).entries, splitRows.length);
    await here.close();
    await there.close();
    const { code, stdout, stderr } = await runCli(["match", "faq", "怎么退款"], { target: pair.standby });
    assert.deepEqual([code, /answer \(the same question\)/.test(stdout)], [0, true], stderr);
    const sql = "select key, decision, similarity, question_id from ltd.match('faq', '怎么退款', 3)";
    const answers = await standby.query(sql);
    assert.deepEqual(answers, await primary.query(sql));
    assert.deepEqual([answers[0]!["key"], answers[0]!["decision"]], [["13"], "answer"]);
    assert.deepEqual(
      await standby.query("select key from ltd.search('faq', 'E1042', 3)"),
      await primary.query("select key from ltd.search('faq', 'E1042', 3)"),
    );
  });

  it("answers while the question log is on, which it cannot write, and sees what the primary embeds", async () => {
    await runCli(["log", "on", "faq"], { database: primary });
    await primary.query("insert into faq values (200, '怎么注销账号', '账号')");
    await syncShard(primary, embedder);
    await untilApplied(primary, standby);
    const here = await openIndex<SplitRow>({ index: "faq", database: standby, threads: 1 });
    assert.deepEqual((await here.match("怎么注销账号")).answers[0]!.key, ["200"]);
    await here.close();
    const sql = "select key, decision, question_id from ltd.match('faq', '怎么注销账号', 1)";
    assert.deepEqual(await standby.query(sql), [{ key: ["200"], decision: "answer", question_id: null }]);
  });

  it("says that it is one where something is to be written", async () => {
    const synced = await runCli(["sync", "faq", "--threads", "1"], { target: pair.standby });
    assert.equal(synced.code, 1);
    assert.match(synced.stderr, /read-only transaction|standby|recovery/);
    const { code, stdout, stderr } = await runCli(["doctor"], { target: pair.standby });
    assert.equal(code, 3, stderr);
    assert.match(stdout, /problem +standby: this server is a standby: it can be read only/);
  });
});
