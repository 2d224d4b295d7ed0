import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { add } from "../../../src/app/keep/add.ts";
import { sync } from "../../../src/app/keep/sync.ts";
import { openIndex } from "../../../src/app/open/open-index.ts";
import { verify } from "../../../src/app/operate/verify.ts";
import type { Database } from "../../../src/db/database.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { createEmbedder, type Embedder } from "../../../src/embed/embedder.ts";
import { describeDatabases, describeServer } from "../../support/databases.ts";

/** A type of a key, two values, and how the first is written wherever it is shown. */
const types: readonly [type: string, one: string, other: string, shown: string][] = [
  ["timestamptz", "2024-02-03 12:00:00.5+08", "2024-02-03 12:00:00.5+07", "2024-02-03 04:00:00.5+00"],
  ["timestamp", "2024-02-03 04:05:06", "infinity", "2024-02-03 04:05:06"],
  ["date", "2024-03-02", "2024-02-03", "2024-03-02"],
  ["interval", "1 day 02:03", "2 days", "1 day 02:03:00"],
  ["numeric(20,2)", "12345678901234567.50", "2.50", "12345678901234567.50"],
  ["char(6)", "ab", "a b", "ab"],
  ["mood", "glad", "it's", "glad"],
  ["code", "x-1", "x-2", "x-1"],
  ["boolean", "true", "false", "true"],
  ["bytea", "\\x00ff", "\\x01", "\\x00ff"],
  ["inet", "10.0.0.1", "10.0.0.2/24", "10.0.0.1/32"],
];

/** Settings under which a writer writes times otherwise than anybody else reads them. */
const WRITER =
  "set datestyle = 'SQL, DMY'; set timezone = 'Asia/Shanghai'; set intervalstyle = 'iso_8601'; set bytea_output = 'escape'";
const READER = "reset datestyle; reset timezone; reset intervalstyle; reset bytea_output";

describeDatabases("a key", (databases) => {
  let database: Database;
  let embedder: Embedder;
  before(async () => {
    database = await databases.create("installed");
    embedder = await createEmbedder({ threads: 1 });
    await database.script(
      `create type mood as enum ('glad', 'it''s'); create domain short as varchar(9); create domain code as short`,
    );
  });
  after(() => embedder.close());

  for (const [at, [type, one, other, shown]] of types.entries()) {
    it(`of the type ${type} identifies its row for writers and questions`, async () => {
      const table = `faq_${at}`;
      await database.query(`create table ${table} (k ${type} primary key, question text)`);
      const insert = `insert into ${table} values ($1::text::${type}, $2)`;
      await database.query(insert, [one, "怎么退款"]);
      await add(database, embedder.model, { table, template: "{question}" });
      await database.query(insert, [other, "忘记密码"]);
      const record = await getIndex(database, table);
      const work = () => sync(database, record, embedder, { maxAttempts: 1 });
      const found = await work();
      assert.deepEqual([found.embedded, found.failed, found.pending], [2, 0, 0]);
      const index = await openIndex({ index: table, database });
      try {
        const { answers } = await index.match("怎么退款");
        assert.deepEqual(answers[0]?.key, [shown]);
        assert.deepEqual(
          (await index.similar(one)).map(({ text }) => text),
          ["忘记密码"],
        );
        const inSql = await database.query<{ key: string[] }>(`select key from ltd.match('${table}', '怎么退款', 1)`);
        assert.deepEqual(inSql[0]?.key, [shown]);
        // a writer with other settings
        await database.script(`begin; ${WRITER};
          update ${table} set question = '怎么开发票' where question = '怎么退款';
          delete from ${table} where question = '忘记密码'; ${READER}; commit`);
        const changed = await work();
        assert.deepEqual([changed.embedded, changed.deleted, changed.failed], [1, 1, 0]);
        assert.deepEqual(
          (await index.match("怎么开发票")).answers.map(({ key }) => key),
          [[shown]],
        );
        const seen = await verify(database, record, embedder);
        assert.deepEqual([seen.ok, seen.compared], [true, 1]);
      } finally {
        await index.close();
      }
    });
  }

  it("with the time in it lets a table that is partitioned by time be indexed", async () => {
    await database.script(`create table log (id int, at timestamptz, question text, primary key (id, at)) partition by range (at);
      create table log_1 partition of log for values from ('2024-01-01') to ('2024-02-01');
      create table log_2 partition of log for values from ('2024-02-01') to ('2024-03-01');
      insert into log values (1, '2024-01-31 23:00+00', '怎么退款'), (1, '2024-02-01 01:00+00', '忘记密码')`);
    await add(database, embedder.model, { table: "log", template: "{question}" });
    const record = await getIndex(database, "log");
    assert.equal((await sync(database, record, embedder)).embedded, 2);
    await database.script("update log_2 set question = '密码忘了'; drop table log_1");
    const done = await sync(database, record, embedder);
    assert.deepEqual([done.embedded, done.deleted], [1, 1]);
    assert.equal((await verify(database, record, embedder)).ok, true);
  });

  it("of one value and two texts is one row", async () => {
    await database.script(
      "create table price (k numeric primary key, question text); insert into price values (1.0, '怎么退款')",
    );
    await add(database, embedder.model, { table: "price", template: "{question}" });
    const record = await getIndex(database, "price");
    await database.query("update price set k = 1.00, question = '怎么退货'");
    const done = await sync(database, record, embedder, { maxAttempts: 1 });
    assert.deepEqual([done.embedded, done.deleted, done.failed, done.errors], [1, 0, 0, 0]);
    await database.query("update price set k = 1.000, question = '怎么换货'");
    assert.equal((await sync(database, record, embedder)).embedded, 1);
    const seen = await verify(database, record, embedder);
    assert.deepEqual([seen.ok, seen.compared], [true, 1]);
    await database.script("delete from price");
    assert.equal((await sync(database, record, embedder)).deleted, 1);
    assert.deepEqual(await database.query("select from ltd.entry_price"), []);
  });

  it("of a type that cannot be hashed or has no text that comes back is refused", async () => {
    await database.query("create table bill (k money primary key, question text)");
    await assert.rejects(add(database, embedder.model, { table: "bill" }), {
      code: "source",
      message: /key column k of public\.bill has the type money/,
    });
  });
});

describeServer("a key without case", (databases) => {
  let embedder: Embedder;
  before(async () => {
    embedder = await createEmbedder({ threads: 1 });
  });
  after(() => embedder.close());

  for (const [how, type] of [
    [
      "of a nondeterministic collation",
      "create collation folded (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
      "text collate folded",
    ],
    ["of the type citext", "create schema extra; create extension citext schema extra", "extra.citext"],
  ].map(([name, prepare, column]) => [name, { prepare, column }] as const)) {
    it(`${how} leaves no orphan when its letters change`, async () => {
      const database = await databases.create("initialised");
      await database.script(`${type.prepare};
        create table faq (k ${type.column} primary key, question text); insert into faq values ('abc', '怎么退款')`);
      await add(database, embedder.model, { table: "faq", template: "{question}" });
      const record = await getIndex(database, "faq");
      await sync(database, record, embedder);
      await database.query("update faq set k = 'ABC', question = '怎么退货'");
      assert.deepEqual((await sync(database, record, embedder)).errors, 0);
      const rows = await database.query<{ key: string }>("select key from ltd.entry_faq");
      assert.deepEqual(rows, [{ key: "ABC" }]);
      const index = await openIndex({ index: "faq", database });
      assert.deepEqual((await index.match("怎么退货")).answers[0]?.key, ["ABC"]);
      await index.close();
      await database.script("delete from faq; insert into faq values ('aBc', '忘记密码')");
      assert.deepEqual((await sync(database, record, embedder)).errors, 0);
      const seen = await verify(database, record, embedder);
      assert.deepEqual([seen.ok, seen.compared], [true, 1]);
    });
  }
});
