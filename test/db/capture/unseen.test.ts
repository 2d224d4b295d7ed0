import assert from "node:assert/strict";
import { before, it } from "node:test";
import { mendCapture } from "../../../src/app/keep/mend-capture.ts";
import { hasAnotherShape, lookAtSource } from "../../../src/db/capture/look.ts";
import { captureProblems, childProblem } from "../../../src/db/capture/capture-problems.ts";
import { remakeCapture } from "../../../src/db/capture/triggers.ts";
import type { Database } from "../../../src/db/database.ts";
import type { IndexRecord, Key } from "../../../src/db/index-record.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { describeDatabases, describeServer } from "../../support/databases.ts";
import { addIndex, prepare, queuedKeys, settle } from "../fixture.ts";

/** What no trigger sees, or would fail a writer. */
describeDatabases("changes that triggers do not see", (databases) => {
  let database: Database;
  before(async () => {
    database = await databases.create();
    await prepare(database);
  });
  const make = async (
    name: string,
    columns = "id integer primary key, title text, spare text",
  ): Promise<IndexRecord> => {
    await database.script(`create table ${name} (${columns}); insert into ${name} values (1, 'a', 'x'), (2, 'b', 'y')`);
    const index = await addIndex(database, { name, table: name, enqueue: true });
    await settle(database, index);
    assert.deepEqual(await look(name), []);
    return index;
  };
  /** The keys that are queued when a worker has looked. */
  const look = async (name: string): Promise<Key[]> => {
    const index = await getIndex(database, name);
    await lookAtSource(database, index);
    return queuedKeys(database, index);
  };
  const every: Key[] = [["1"], ["2"]];

  const alterations: [string, string][] = [
    ["two columns that change their names", "rename column title to old; alter table t rename column spare to title"],
    ["a column with other values", "alter column title type text using upper(title)"],
    ["a column with another type", "alter column title type varchar(20)"],
    [
      "a column that was made again",
      "drop column title; alter table t add column title text generated always as (spare || '!') stored",
    ],
  ];
  for (const [at, [title, how]] of alterations.entries()) {
    it(`are found where ALTER TABLE made ${title}`, async () => {
      const name = `altered_${at}`;
      const index = await make(name);
      await database.script(`alter table ${name} ${how.replaceAll("table t ", `table ${name} `)}`);
      assert.equal(await hasAnotherShape(database, index), true);
      assert.deepEqual(await queuedKeys(database, index), []);
      assert.deepEqual(await look(name), every);
      assert.equal(await hasAnotherShape(database, index), false);
      await settle(database, index);
      await database.script(`alter table ${name} add column further text; analyze ${name}`);
      assert.deepEqual(await look(name), [], "what the index does not read may change");
    });
  }

  it("are found where a view was replaced", async () => {
    await database.script(`create table base (id integer primary key, title text, changed timestamptz default now());
      insert into base values (1, 'a'), (2, 'b'); create view shown as select * from base`);
    const index = await addIndex(database, {
      name: "shown",
      table: "shown",
      key: ["id"],
      updatedAt: "changed",
      enqueue: true,
    });
    await settle(database, index);
    await lookAtSource(database, index);
    await settle(database, index);
    await database.script(
      "create or replace view shown as select id, upper(title) as title, changed from base where id > 0",
    );
    await database.query("update ltd.index set watermark = (now() + interval '1 hour')::text where name = 'shown'");
    assert.deepEqual(await look("shown"), every);
  });

  it("are found after a key column had another name for a while", async () => {
    const index = await make("moved");
    await database.script(
      "alter table moved rename column id to number; update moved set title = 'c' where number = 2",
    );
    await database.script("delete from moved where number = 1; alter table moved rename column number to id");
    assert.deepEqual(await queuedKeys(database, index), []);
    assert.deepEqual(await look("moved"), [["2"]]);
    await settle(database, index);
    assert.deepEqual(await look("moved"), []);
  });

  it("are found where a row's trigger could not tell its key", async () => {
    await database.script(`create table parts (id integer, title text, primary key (id)) partition by range (id);
      create table parts_1 partition of parts for values from (0) to (10); insert into parts values (1, 'a'), (2, 'b')`);
    const index = await addIndex(database, { name: "parts", table: "parts", enqueue: true });
    await settle(database, index);
    await database.script(
      "alter table parts rename column id to number; update parts set title = 'c'; alter table parts rename column number to id",
    );
    assert.deepEqual(await look("parts"), every);
  });

  it("are reported and found if the table has become a partition, and seen from then on", async () => {
    const index = await make("born", "id integer primary key, title text, spare text");
    await database.script(`create table family (id integer primary key, title text, spare text) partition by range (id);
      alter table family attach partition born for values from (0) to (100); update family set title = 'c' where id = 1`);
    assert.deepEqual(await queuedKeys(database, index), [], "a trigger of statements is the parent's");
    const [problem] = await captureProblems(database, index);
    assert.match(problem!, /public\.born has become a partition, and what is written through its parent is not seen/);
    const mended = await mendCapture(database, index);
    assert.deepEqual([mended.capture, mended.enqueuedAt], ["row", null]);
    assert.deepEqual(await captureProblems(database, await getIndex(database, "born")), []);
    await lookAtSource(database, mended);
    await settle(database, mended);
    await database.script("update family set title = 'd' where id = 2; insert into family values (3, 'e')");
    assert.deepEqual(await queuedKeys(database, mended), [["2"], ["3"]]);
    assert.deepEqual(await mendCapture(database, await getIndex(database, "born")), await getIndex(database, "born"));
  });

  it("are reported and seen if the table has become a child of another; its own children are reported", async () => {
    const index = await make("child");
    await database.script(
      "create table parent (id integer not null, title text, spare text); alter table child inherit parent",
    );
    assert.match((await captureProblems(database, index))[0]!, /has become a child of another table/);
    const mended = await mendCapture(database, index);
    await database.query("update parent set title = 'c' where id = 2");
    assert.deepEqual((await queuedKeys(database, mended)).at(-1), ["2"]);
    const other = await make("elder");
    assert.equal(await childProblem(database, other), null);
    await database.query("create table younger () inherits (elder)");
    assert.match((await childProblem(database, other))!, /alter table public\.younger no inherit public\.elder/);
  });

  it("do not fail a writer where the log is gone, and are found when it is made again", async () => {
    const index = await make("lost");
    await database.query(`drop table ltd.change_${index.id}`);
    await database.script(
      "insert into lost values (3, 'c'); update lost set title = 'd' where id = 1; delete from lost where id = 2; truncate lost",
    );
    await database.script("insert into lost values (4, 'f')");
    assert.deepEqual(await captureProblems(database, index), [`the log ltd.change_${index.id} is missing`]);
    const mended = await mendCapture(database, index);
    assert.equal(mended.enqueuedAt, null);
    assert.deepEqual(await captureProblems(database, index), []);
    assert.deepEqual(await queuedKeys(database, mended), every, "entries without a row");
  });

  it("are logged where keys are long: a list holds some 4 MB", async () => {
    await database.script("create table long (id text primary key, title text)");
    const index = await addIndex(database, { name: "long", table: "long" });
    await database.query("insert into long select repeat('长', 20000) || n, 'a' from generate_series(1, 200) n");
    await database.query("update long set title = 'b'");
    await database.query("delete from long");
    const log = `ltd.change_${index.id}`;
    const [state] = await database.query<{ lists: number; keys: number; most: number }>(
      `select count(*)::int as lists, sum(cardinality(key))::int as keys, max(pg_column_size(key))::int as most from ${log}`,
    );
    assert.equal(state!.keys, 600);
    assert.ok(state!.lists >= 9 && state!.most < 4_200_000, JSON.stringify(state));
    await database.query(`delete from ${log}`);
  });

  it("are reported if functions of the triggers are of another version, and recreated", async () => {
    const index = await make("older");
    await database.query(`create or replace function ltd.capture_${index.id}_insert() returns trigger language plpgsql
      as 'begin return null; end'`);
    assert.deepEqual(await captureProblems(database, index), ["functions of its triggers are of another version"]);
    await database.transaction((tx) => remakeCapture(tx, index));
    assert.deepEqual(await captureProblems(database, index), []);
  });
});

describeServer("the log", (databases) => {
  it("can be emptied where a publication is for all tables", async () => {
    const database = await databases.create();
    await prepare(database);
    await database.script(
      "create table faq (id integer primary key, title text); create publication all_of_it for all tables",
    );
    const index = await addIndex(database, { name: "faq", table: "faq" });
    await database.script("insert into faq values (1, 'a'); truncate faq");
    assert.deepEqual(await queuedKeys(database, index), [["1"]]);
    await settle(database, index);
    await database.query(`alter table ltd.change_${index.id} replica identity default`);
    assert.deepEqual(await captureProblems(database, index), [
      `the log ltd.change_${index.id} has no replica identity`,
    ]);
    await database.query("insert into faq values (2, 'b')");
    await assert.rejects(queuedKeys(database, index), { message: /does not have a replica identity/ });
    await database.transaction((tx) => remakeCapture(tx, index));
    await database.query("update faq set title = 'c'");
    assert.deepEqual(await queuedKeys(database, index), [["2"]]);
    await database.query("drop publication all_of_it");
  });
});
