import assert from "node:assert/strict";
import { before, it } from "node:test";
import { add } from "../../../src/app/keep/add.ts";
import { statusOf } from "../../../src/app/status.ts";
import { sync } from "../../../src/app/keep/sync.ts";
import type { Database } from "../../../src/db/database.ts";
import type { IndexRecord } from "../../../src/db/index-record.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { createEmbedder, type Embedder } from "../../../src/embed/embedder.ts";
import { describeDatabases } from "../../support/databases.ts";

describeDatabases("sync", (databases) => {
  let database: Database;
  let index: IndexRecord;
  let embedder: Embedder;

  before(async () => {
    database = await databases.create("initialised");
    embedder = await createEmbedder({ threads: 1 });
    await database.script(`create table faq (id int primary key, question text);
      insert into faq select n, '第' || n || '个问题' from generate_series(1, 600) n`);
    await add(database, embedder.model, { name: "faq", table: "faq" });
    index = await getIndex(database, "faq");
  });

  it("ends with the model's error when the model cannot be run, and blames and holds no row for it", async () => {
    const closed = await createEmbedder({ threads: 1 });
    await closed.close();
    await assert.rejects(sync(database, index, closed), { name: "LtdError", code: "model" });
    const { pending, leased, failed } = await statusOf(database, index);
    assert.deepEqual([pending, leased, failed], [600, 0, 0]);
    const [tried] = await database.query("select max(attempts) as attempts from ltd.queue");
    assert.deepEqual(tried, { attempts: 0 });
  });

  it("gives up a row that cannot be read, alone, and takes it again when it has changed", async () => {
    await database.script(`create table shared (id int primary key, question text, share int);
      insert into shared select n, '第' || n || '个问题', 1 from generate_series(1, 20) n`);
    await add(database, embedder.model, { name: "shared", table: "shared", where: "10 / share > 1" });
    const shared = await getIndex(database, "shared");
    await database.query("update shared set share = 0 where id = 7");
    const first = await sync(database, shared, embedder, { maxAttempts: 1 });
    assert.deepEqual([first.embedded, first.failed, first.pending], [19, 1, 0]);
    assert.match((await statusOf(database, shared)).lastError ?? "", /division by zero/);
    await database.query("update shared set share = 2 where id = 7");
    const second = await sync(database, shared, embedder, { maxAttempts: 1 });
    assert.deepEqual([second.embedded, second.failed], [1, 0]);
  });

  it("gives rows of one text in one batch the same vector, to the last digit", async () => {
    await database.script(`create table twins (id int primary key, question text);
      insert into twins select n, case when n % 3 = 0 then '怎么退款' else '第' || n || '个问题怎么办理才好' end from generate_series(1, 90) n`);
    await add(database, embedder.model, { name: "twins", table: "twins" });
    await sync(database, await getIndex(database, "twins"), embedder);
    const [found] = await database.query(
      "select count(*)::int as rows, count(distinct embedding::text)::int as vectors from ltd.entry_twins group by content_hash having count(*) > 1",
    );
    assert.deepEqual(found, { rows: 30, vectors: 1 });
  });

  it("counts as empty and as truncated only what it has written", async () => {
    await database.query(
      "update faq set question = case id when 1 then '😀' else repeat('很长', 5000) end where id < 3",
    );
    await database.query("update ltd.queue set not_before = now() - interval '1 hour' where key[1] in ('1', '2')"); // first in turn
    // The first time they are read, both rows change once more.
    let changed = false;
    const meddling: Embedder = {
      ...embedder,
      async embedInputs(inputs, options) {
        if (!changed) await database.query("update faq set question = '变了' || id where id < 3");
        changed = true;
        return embedder.embedInputs(inputs, options);
      },
    };
    const done = await sync(database, index, meddling);
    await embedder.close();
    assert.deepEqual([done.embedded, done.empty, done.truncated, done.superseded, done.pending], [600, 0, 0, 2, 0]);
  });
});
