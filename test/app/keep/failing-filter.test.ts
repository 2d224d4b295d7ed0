import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { addAlias } from "../../../src/app/ask/alias.ts";
import { dedupe } from "../../../src/app/cluster/dedupe.ts";
import { exportIndex } from "../../../src/app/file/export.ts";
import { showRows } from "../../../src/app/functions/show-rows.ts";
import { add, addStatements } from "../../../src/app/keep/add.ts";
import { sync } from "../../../src/app/keep/sync.ts";
import { openIndex, type Index } from "../../../src/app/open/open-index.ts";
import { verify } from "../../../src/app/operate/verify.ts";
import { listFailed } from "../../../src/db/capture/queue.ts";
import type { Database } from "../../../src/db/database.ts";
import { getIndex, listIndexes } from "../../../src/db/indexes/find-index.ts";
import { createEmbedder, type Embedder } from "../../../src/embed/embedder.ts";
import { describeDatabases } from "../../support/databases.ts";

/** A filter that fails for a row: how, the condition, and what sets a row right, wrong and aside. */
const filters: readonly [how: string, where: string, right: string, wrong: string, aside: string, error: RegExp][] = [
  ["a value", "(j ->> 'n')::int > 0", '{"n": "3"}', '{"n": "abc"}', '{"n": "0"}', /integer: "abc"/],
  ["arithmetic", "100 / (j ->> 'n')::int > 1", '{"n": "3"}', '{"n": "0"}', '{"n": "100"}', /division by zero/],
  ["a function of the user's", "even_half((j ->> 'n')::int) > 1", '{"n": "6"}', '{"n": "7"}', '{"n": "2"}', /odd: 7/],
];

describeDatabases("a filter that fails for one row", (databases) => {
  let database: Database;
  let embedder: Embedder;
  let folder: string;
  const opened: Index[] = [];
  const open = async (index: string) => {
    opened.push(await openIndex({ index, database }));
    return opened.at(-1)!;
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ltd-filter-"));
    database = await databases.create("installed");
    embedder = await createEmbedder({ threads: 1 });
    await database.script(`create function even_half(n int) returns int language plpgsql immutable as $$
      begin if n % 2 = 1 then raise exception 'odd: %', n; end if; return n / 2; end $$`);
  });
  after(async () => {
    await Promise.all(opened.map((index) => index.close()));
    await embedder.close();
    await rm(folder, { recursive: true });
  });

  for (const [at, [how, where, right, wrong, aside, error]] of filters.entries()) {
    it(`because of ${how} fails that row alone, and every verb answers for the others`, async () => {
      const name = `faq_${at}`;
      await database.script(`create table ${name} (id bigint primary key, question text, j jsonb);
        insert into ${name} select n, '第' || n || '个退款问题', '${right}' from generate_series(1, 30) n;
        update ${name} set j = '${wrong}' where id = 7; update ${name} set j = '${aside}' where id = 8`);
      const { queued } = await add(database, embedder.model, { table: name, template: "{question}", where });
      assert.equal(queued, 29, "all that pass, and that for which it fails");
      const index = await open(name);
      const done = await index.sync({ maxAttempts: 1 });
      assert.deepEqual([done.embedded, done.failed, done.pending], [28, 1, 0]);
      const record = await getIndex(database, name);
      const [failed] = await listFailed(database, record, 10);
      assert.deepEqual(failed?.key, ["7"]);
      assert.match(failed.error, error);
      assert.match(failed.error, /^the condition .*j ->> 'n'.* fails for this row/s, "it names the condition");

      assert.equal((await index.match("退款问题", { limit: 50 })).answers.length, 28);
      assert.equal((await index.match("退款问题", { limit: 50, where: "id < 10" })).answers.length, 7);
      assert.equal((await index.search("退款问题", { limit: 50 })).hits.length, 28);
      assert.equal((await index.similar(1, { limit: 50 })).length, 27);
      assert.equal((await database.query(`select from ltd.match('${name}', '退款问题', 50)`)).length, 28);
      assert.equal((await database.query(`select from ltd.search('${name}', '退款', 50)`)).length, 28);
      await showRows(database, record);
      assert.equal((await database.query(`select from ltd.${name}`)).length, 28);
      assert.equal((await dedupe(database, name, { threshold: 0.5, keep: "fullest" })).rows, 28);
      assert.equal((await exportIndex(database, name, join(folder, `${name}.ltd`))).rows, 28);
      const seen = await verify(database, record, embedder);
      assert.deepEqual([seen.ok, seen.compared], [true, 28], "what has failed is queued, and so left out");
      await addAlias(database, name, [{ key: 1, question: "钱退回来" }]);
      await assert.rejects(addAlias(database, name, [{ key: 8, question: "另一个" }]), {
        message: /no indexed row 8/,
      });
      // an alias is embedded by the next sync
      await index.sync({ maxAttempts: 1 });
    });
  }

  it("is seen by verify where nothing has queued the row, and goes to the queue by its repair", async () => {
    const record = await getIndex(database, "faq_0");
    await database.query("delete from ltd.queue");
    const lost = await verify(database, record, embedder, { repair: true });
    assert.deepEqual([lost.missing, lost.orphan, lost.stale, lost.queued], [1, 0, 0, 1]);
    assert.equal((await sync(database, record, embedder, { maxAttempts: 1 })).failed, 1);
  });

  it("neither hides a row that was indexed before, nor keeps one that leaves or is right again", async () => {
    const [index, record] = [await open("faq_0"), await getIndex(database, "faq_0")];
    await database.query(`update faq_0 set j = '{"n": "x"}' where id in (1, 2)`);
    await index.sync({ maxAttempts: 1 });
    assert.equal((await index.match("退款问题", { limit: 50 })).answers.length, 28, "it stays until it can be said");
    await database.query(`update faq_0 set j = '{"n": "0"}' where id = 1; `);
    await database.query(`update faq_0 set j = '{"n": "1"}' where id in (2, 7)`);
    const done = await index.sync({ maxAttempts: 1 });
    assert.deepEqual([done.failed, (await index.match("退款问题", { limit: 50 })).answers.length], [0, 28]);
    assert.equal((await verify(database, record, embedder)).ok, true);
  });

  it("does not stop a truncate from being followed", async () => {
    const record = await getIndex(database, "faq_1");
    await database.script(`truncate faq_1;
      insert into faq_1 values (1, '第1个退款问题', '{"n": "3"}'), (2, '第2个退款问题', '{"n": "0"}')`);
    const done = await sync(database, record, embedder, { maxAttempts: 1 });
    assert.deepEqual([done.failed, done.pending], [1, 0]);
    assert.equal((await (await open("faq_1")).match("退款问题", { limit: 50 })).answers.length, 2);
  });

  it("fails one row of a source that is polled, at each look", async () => {
    await database.script(`create table note (id int primary key, question text, n text, at timestamptz default now());
      insert into note select n, '第' || n || '个退款问题', n::text from generate_series(1, 9) n;
      update note set n = 'x' where id = 3; create view notes as select * from note`);
    await add(database, embedder.model, {
      table: "notes",
      template: "{question}",
      key: ["id"],
      where: "n::int > 1",
      updatedAt: "at",
    });
    const record = await getIndex(database, "notes");
    const first = await sync(database, record, embedder, { maxAttempts: 1 });
    assert.deepEqual([first.embedded, first.failed], [7, 1]);
    await database.query("update note set n = 'y', at = now() where id = 4");
    const second = await sync(database, await getIndex(database, "notes"), embedder, { maxAttempts: 1 });
    assert.deepEqual([second.deleted, second.failed], [0, 2]);
  });

  it("is no reason for add to fail, nor what it prints; what does fail leaves nothing behind", async () => {
    await database.script(`create table early (id int primary key, question text, n text);
      insert into early values (1, '一', 'x'), (2, '二', '2')`);
    const options = { table: "early", template: "{question}", where: "n::int > 0" };
    const statements = await addStatements(database, embedder.model, options);
    await database.script(statements.join(";\n"));
    const record = await getIndex(database, "early");
    assert.equal((await sync(database, record, embedder, { maxAttempts: 1 })).failed, 1);

    // a view that cannot be read to its end: its rows cannot be queued
    await database.script(`create view broken as select id, question, now() as at, 10 / (id - 2) as part from early`);
    const names = (await listIndexes(database)).map((each) => each.name);
    const polled = {
      table: "broken",
      template: "{question}",
      key: ["id"],
      where: "part + 0 * id > -100",
      updatedAt: "at",
    };
    await assert.rejects(add(database, embedder.model, polled), { message: /division by zero/ });
    assert.deepEqual(
      (await listIndexes(database)).map((each) => each.name),
      names,
    );
  });
});
