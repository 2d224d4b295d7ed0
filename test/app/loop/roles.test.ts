import assert from "node:assert/strict";
import { it } from "node:test";
import { installSql } from "../../../src/app/functions/install.ts";
import { installModel } from "../../../src/app/install-model.ts";
import { add } from "../../../src/app/keep/add.ts";
import { sync } from "../../../src/app/keep/sync.ts";
import { setLog } from "../../../src/app/operate/log.ts";
import { openServer } from "../../../src/db/connect/server.ts";
import type { Database } from "../../../src/db/database.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { createEmbedder } from "../../../src/embed/embedder.ts";
import { runCli } from "../../support/cli.ts";
import { describeServer } from "../../support/databases.ts";
import { urlAs } from "../../support/roles.ts";

describeServer("roles of the question log", (databases) => {
  it("a reader is logged but cannot read the log; a curator reads it and teaches rows, but writes none", async () => {
    const target = await databases.createTarget("initialised");
    const owner = await openServer(target);
    const [reader, curator] = [`ltd_reader_${process.pid}_8`, `ltd_curator_${process.pid}_8`];
    const opened: Database[] = [owner];
    const as = async (role: string): Promise<Database> => {
      opened.push(await openServer(urlAs(target, role)));
      return opened.at(-1)!;
    };
    const embedder = await createEmbedder({ model: "ltd-zh-2-tiny", threads: 1 });
    try {
      await owner.script(`create role ${reader} login password 'secret'; create role ${curator} login password 'secret';
        create table faq (id int primary key, question text);
        insert into faq values (1, '怎么退款'), (2, '怎么修改收货地址')`);
      await installModel(owner, embedder.model);
      await add(owner, embedder.model, { table: "faq" });
      await sync(owner, await getIndex(owner, "faq"), embedder);
      await installSql(owner);
      await setLog(owner, "faq");
      for (const [kind, role] of [
        ["reader", reader],
        ["curator", curator],
      ] as const)
        // again is the same
        for (const _ of [1, 2])
          await owner.script((await runCli(["grant", kind, "faq", "to", role], { database: owner })).stdout);
      // of another index the curator is a reader
      await owner.script("create table hr (id int primary key, question text); insert into hr values (1, '怎么加薪')");
      await add(owner, embedder.model, { table: "hr" });
      await sync(owner, await getIndex(owner, "hr"), embedder);
      await setLog(owner, "hr");
      await owner.script((await runCli(["grant", "reader", "hr", "to", curator], { database: owner })).stdout);
      assert.equal((await runCli(["match", "hr", "谁会被裁员"], { database: owner })).code, 0);
      assert.equal((await runCli(["accept", "hr", "1", "工资怎么涨"], { database: owner })).code, 0);
      const [secret] = await owner.query<{ id: string }>("select id::text from ltd.question where index_name = 'hr'");
      await owner.query("select ltd.feedback($1, false)", [secret!.id]);

      const asReader = await as(reader);
      const asked = await runCli(["match", "faq", "能开发票吗", "--json"], { database: asReader });
      assert.equal(asked.code, 0, asked.stderr);
      const { questionId } = JSON.parse(asked.stdout) as { questionId: string };
      const [row] = await asReader.query<{ question_id: string }>(
        "select question_id::text from ltd.match('faq', '能开发票吗', 1)",
      );
      await asReader.query("select ltd.feedback($1, false)", [row!.question_id]);
      for (const table of ["question", "question_inbox", "question_day", "vote", "curation"])
        await assert.rejects(asReader.query(`select from ltd.${table}`), { message: /permission denied/ }, table);
      for (const call of ["ltd.add_question_day(current_date)"])
        await assert.rejects(asReader.query(`select ${call}`), { message: /permission denied/ });
      assert.notEqual((await runCli(["gaps", "faq"], { database: asReader })).code, 0);
      assert.notEqual((await runCli(["accept", "faq", "1", "能开发票吗"], { database: asReader })).code, 0);
      assert.notEqual((await runCli(["log", "off", "faq"], { database: asReader })).code, 0);

      const asCurator = await as(curator);
      const gaps = await runCli(["gaps", "faq"], { database: asCurator });
      assert.match(gaps.stdout, /2 x {2}能开发票吗/, gaps.stderr);
      assert.deepEqual(
        (await asCurator.query<{ id: string }>("select id::text from ltd.question order by 1")).map(({ id }) => id),
        [questionId, row!.question_id].toSorted(),
      );
      for (const table of ["question", "vote", "curation", "question_day"])
        assert.deepEqual(
          await asCurator.query(`select from ltd.${table} where index_name <> 'faq'`),
          [],
          `${table} of an index that it was not granted`,
        );
      assert.doesNotMatch((await runCli(["gaps", "hr"], { database: asCurator })).stdout, /裁员/);
      assert.notEqual((await runCli(["accept", "hr", "1", "谁会被裁员"], { database: asCurator })).code, 0);
      assert.notEqual((await runCli(["undo", "hr"], { database: asCurator })).code, 0);
      const accepted = await runCli(["accept", "faq", "1", "能开发票吗", "--group"], { database: asCurator });
      assert.equal(accepted.code, 0, accepted.stderr);
      const journal = await runCli(["journal", "faq"], { database: asCurator });
      assert.match(journal.stdout, new RegExp(`\t${curator}\taccepted for 1: 能开发票吗`));
      await sync(owner, await getIndex(owner, "faq"), embedder);
      assert.equal((await runCli(["undo", "faq"], { database: asCurator })).code, 0);
      assert.equal((await runCli(["reject", "faq", "2", "能开发票吗"], { database: asCurator })).code, 0);
      for (const statement of [
        "update faq set question = 'x'",
        "insert into faq values (3, 'x')",
        "delete from faq",
        "delete from ltd.question",
        "delete from ltd.curation",
        "update ltd.index set question_log = null",
      ])
        await assert.rejects(asCurator.query(statement), { message: /permission denied/ }, statement);
    } finally {
      await embedder.close();
      for (const each of opened.slice(1)) await each.close();
      await owner.script(`drop owned by ${reader}, ${curator}; drop role ${reader}, ${curator}`);
      await owner.close();
    }
  });
});
