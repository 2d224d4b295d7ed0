import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { it } from "node:test";
import { add } from "../../../src/app/keep/add.ts";
import { doctor } from "../../../src/app/operate/doctor.ts";
import { init } from "../../../src/app/keep/init.ts";
import { match } from "../../../src/app/ask/match.ts";
import { searchableIndex } from "../../../src/app/ask/searchable.ts";
import { installSql } from "../../../src/app/functions/install.ts";
import { sync } from "../../../src/app/keep/sync.ts";
import { grantReader } from "../../../src/app/operate/grant.ts";
import { verify } from "../../../src/app/operate/verify.ts";
import type { Database } from "../../../src/db/database.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { openServer } from "../../../src/db/connect/server.ts";
import { createEmbedder } from "../../../src/embed/embedder.ts";
import { runCli } from "../../support/cli.ts";
import { describeServer } from "../../support/databases.ts";
import { urlAs } from "../../support/roles.ts";

describeServer("roles", (databases) => {
  it("worker and reader need what docs/roles.md grants, and no more", async () => {
    const document = await readFile(new URL("../../../docs/roles.md", import.meta.url), "utf8");
    const grants = /<!-- run: roles -->\n```sql\n([^]*?)```/.exec(document)![1]!;
    const target = await databases.createTarget();
    const owner = await openServer(target);
    const embedder = await createEmbedder({ threads: 1 });
    const roles = [`ltd_worker_${process.pid}`, `ltd_reader_${process.pid}`, `ltd_other_${process.pid}`] as const;
    const opened: Database[] = [];
    const as = async (role: string): Promise<Database> => {
      const database = await openServer(urlAs(target, role));
      opened.push(database);
      return database;
    };
    try {
      for (const role of roles) await owner.query(`create role ${role} login password 'secret'`);
      await init(owner, embedder.model);
      await owner.script("create table faq (id int primary key, question text)");
      await owner.script(grants.replaceAll("ltd_worker", roles[0]));
      await add(owner, embedder.model, { table: "faq" }); // later than the grants
      const index = await getIndex(owner, "faq");
      await owner.query("insert into faq select n, '第' || n || '个问题' from generate_series(1, 2500) n");

      const worker = await as(roles[0]);
      const loaded = await sync(worker, index, embedder);
      assert.deepEqual([loaded.embedded, loaded.builtVectorIndex], [2500, false], "it may not build");
      assert.match(JSON.stringify(await doctor(worker)), /may sync, but not build the vector index/);
      assert.equal((await sync(owner, index, embedder)).builtVectorIndex, true);
      await owner.script(
        "update faq set question = '怎么退款' where id = 7; delete from faq where id = 8; truncate faq",
      );
      await owner.query("insert into faq values (7, '怎么退款')");
      assert.equal((await sync(worker, index, embedder)).pending, 0);
      const { ok } = await verify(worker, index, embedder);
      assert.ok(ok);
      await assert.rejects(worker.query("update faq set question = 'x'"), { code: "database", message: /denied/ });
      await assert.rejects(worker.query("delete from ltd.word"), { code: "database", message: /denied/ });
      await assert.rejects(worker.query("drop table ltd.queue"), { code: "database", message: /owner/ });

      const grantToReader = async () => {
        for (const each of await grantReader(owner, "faq", roles[1])) await owner.query(each);
      };
      await grantToReader();
      const reader = await as(roles[1]);
      const [found] = await match(searchableIndex(reader, { record: index, embedder }), ["我要退款"]);
      assert.deepEqual(found!.answers[0]!.key, ["7"]);
      await assert.rejects(reader.query("select from ltd.queue"), { code: "database", message: /denied/ });
      const asked = await runCli(["match", "faq", "我要退款", "--database-url", urlAs(target, roles[1])]);
      assert.deepEqual([asked.code, asked.stderr], [0, ""]);
      assert.match(JSON.stringify(await doctor(reader)), /may match, but not sync/);
      await installSql(owner, { views: true });
      await grantToReader();
      const [answer] = await reader.query("select key, row from ltd.match('faq', '我要退款', 1)");
      assert.deepEqual(answer, { key: ["7"], row: { id: 7, question: "怎么退款" } });
      assert.equal((await reader.query("select from ltd.search('faq', '退款')")).length, 1);
      assert.equal((await reader.query("select from ltd.faq where embedding is not null")).length, 1);
      const outsider = await as(roles[2]);
      await assert.rejects(outsider.query("select ltd.embed('退款')"), { message: /denied/ });
      for (const table of ["ltd.queue", `ltd.entry_${index.id}`, "faq"]) {
        await assert.rejects(reader.query(`delete from ${table}`), { code: "database", message: /denied/ }, table);
      }
      await owner.query("update faq set question = '如何退款'");
      await assert.rejects(sync(reader, index, embedder), { code: "database", hint: /privilege/ });
    } finally {
      await embedder.close();
      await Promise.all(opened.map((database) => database.close()));
      for (const role of roles) await owner.script(`drop owned by ${role}; drop role ${role}`);
      await owner.close();
    }
  });
});
