import assert from "node:assert/strict";
import { before, it } from "node:test";
import type { Database } from "../../../src/db/database.ts";
import type { IndexRecord } from "../../../src/db/index-record.ts";
import { dropIndex } from "../../../src/db/indexes/index-store.ts";
import { lookAtSource } from "../../../src/db/capture/look.ts";
import { describeDatabases } from "../../support/databases.ts";
import { addIndex, entryKeys, prepare, queuedKeys, settle } from "../fixture.ts";

describeDatabases("a partitioned table", (databases) => {
  let database: Database;
  let index: IndexRecord;

  /** What is queued since the last time, which is then done. */
  async function seen(of = index): Promise<string[]> {
    await lookAtSource(database, of);
    const keys = await queuedKeys(database, of);
    await settle(database, of);
    return keys.map((key) => key.join("/"));
  }

  before(async () => {
    database = await databases.create();
    await prepare(database);
    await database.script(`
      create schema "My Parts";
      create table faq (id integer primary key, title text, views integer default 0) partition by range (id);
      create table "My Parts"."Faq 1" partition of faq for values from (0) to (100);
      create table faq_2 partition of faq for values from (100) to (200);
      insert into faq values (1, 'a'), (101, 'b')`);
    index = await addIndex(database, { name: "faq", table: "faq", enqueue: true });
  });

  it("is indexed with triggers of its rows, which partitions have too", async () => {
    assert.equal(index.capture, "row");
    assert.deepEqual(await seen(), ["1", "101"]);
    assert.deepEqual(await entryKeys(database, index), ["1", "101"]);
    assert.deepEqual(await seen(), [], "nothing has happened to its partitions");
  });

  it("is seen when it is written to, and when a partition is", async () => {
    await database.script("insert into faq values (2, 'c'), (102, 'd'); update faq set views = 1");
    assert.deepEqual(await seen(), ["102", "2"]);
    await database.script(
      `insert into "My Parts"."Faq 1" values (3, 'e'); update faq_2 set title = 'x' where id = 101`,
    );
    assert.deepEqual(await seen(), ["101", "3"]);
    await database.script(`delete from faq_2 where id = 102; update "My Parts"."Faq 1" set views = 2`);
    assert.deepEqual(await seen(), ["102"]);
    await database.query("update faq set id = 104 where id = 3");
    assert.deepEqual(await seen(), ["104", "3"], "a row that moves to another partition");
    assert.deepEqual(await entryKeys(database, index), ["1", "101", "104", "2"]);
  });

  it("is seen in partitions that are made or attached later, with the rows that they bring", async () => {
    await database.script(
      "create table faq_3 partition of faq for values from (200) to (300); insert into faq_3 values (201, 'f')",
    );
    assert.deepEqual(await seen(), ["201"]);
    await database.script(`create table faq_4 (views integer, title text, id integer primary key);
      insert into faq_4 (id, title) values (301, 'g');
      alter table faq attach partition faq_4 for values from (300) to (400);
      insert into faq_4 (id, title) values (302, 'h')`);
    assert.deepEqual(await seen(), ["301", "302"]);
    assert.deepEqual(await entryKeys(database, index), ["1", "101", "104", "2", "201", "301", "302"]);
  });

  it("is seen when a partition is truncated, detached or dropped", async () => {
    await database.script("truncate faq_4; insert into faq_4 (id, title) values (303, 'i')");
    assert.deepEqual(await seen(), ["301", "302", "303"]);
    await database.query("alter table faq detach partition faq_3");
    assert.deepEqual(await seen(), ["201"]);
    await database.query("insert into faq_3 values (202, 'j')");
    assert.deepEqual(await seen(), []);
    await database.script("alter table faq attach partition faq_3 for values from (200) to (300)");
    assert.deepEqual(await seen(), ["201", "202"]);
    await database.script(`alter table faq detach partition faq_3; update faq_3 set title = 'changed meanwhile';
      alter table faq attach partition faq_3 for values from (200) to (300)`);
    assert.deepEqual(await seen(), ["201", "202"]);
    await database.query("drop table faq_4");
    assert.deepEqual(await seen(), ["303"]);
    await database.query("truncate faq");
    await seen();
    assert.deepEqual(await entryKeys(database, index), []);
  });

  it("can be indexed by one of its partitions, too", async () => {
    const part = await addIndex(database, { name: "part", table: "faq_2" });
    await database.script("insert into faq values (5, 'k'), (105, 'l'); update faq set title = 'm'");
    assert.deepEqual(await seen(part), ["105"]);
    await database.query("truncate faq");
    assert.deepEqual(await seen(part), ["105"]);
    await dropIndex(database, "part");
    await dropIndex(database, "faq");
    assert.deepEqual(await database.query("select tgname from pg_trigger where tgname like 'ltd%'"), []);
  });
});
