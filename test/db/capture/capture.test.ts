import assert from "node:assert/strict";
import { before, beforeEach, it } from "node:test";
import { captureProblems } from "../../../src/db/capture/capture-problems.ts";
import { restoreCapture } from "../../../src/db/capture/triggers.ts";
import type { Database } from "../../../src/db/database.ts";
import type { IndexRecord } from "../../../src/db/index-record.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { dropIndex, printIndex } from "../../../src/db/indexes/index-store.ts";
import { queueStatus } from "../../../src/db/capture/queue-status.ts";
import { claim, nextDue } from "../../../src/db/capture/queue.ts";
import { writeBatch } from "../../../src/db/entries/write-batch.ts";
import { chooseKey, describeSource } from "../../../src/db/source/source.ts";
import { openServer } from "../../../src/db/connect/server.ts";
import { describeDatabases, describeServer } from "../../support/databases.ts";
import { addIndex, emptyQueue, entryFor, entryKeys, model, prepare, queuedKeys, settle } from "../fixture.ts";

describeDatabases("capture of changes", (databases) => {
  let database: Database;
  let index: IndexRecord;
  before(async () => {
    database = await databases.create();
    await prepare(database);
    await database.script(
      "create table faq (id bigint primary key, title text, body varchar(99), views integer default 0)",
    );
    index = await addIndex(database, { name: "faq", table: "faq", columns: ["title", "body"] });
  });
  beforeEach(async () => {
    await database.script("truncate faq; insert into faq values (1, 'one', null), (2, 'two', 'b'), (10, 'ten', 'c')");
    await emptyQueue(database);
  });

  it("queues the keys of new rows, once each", async () => {
    await database.query("insert into faq (id, title) select g, 'x' from generate_series(100, 102) g");
    await database.query("insert into faq (id) values (103) on conflict do nothing");
    await database.query("insert into faq (id) values (1) on conflict do nothing");
    assert.deepEqual(await queuedKeys(database, index), [["100"], ["101"], ["102"], ["103"]]);
  });

  it("queues rows whose mapped text changed, and no others", async () => {
    await database.query("update faq set views = views + 1");
    await database.query("update faq set title = title, body = body");
    assert.deepEqual(await queuedKeys(database, index), []);
    await database.query("update faq set title = upper(title) where id < 3");
    assert.deepEqual(await queuedKeys(database, index), [["1"], ["2"]]);
    await emptyQueue(database);
    await database.query("update faq set body = case id when 1 then 'b' when 2 then null else body end");
    assert.deepEqual(await queuedKeys(database, index), [["1"], ["2"]]);
    await emptyQueue(database);
    await database.query(
      "insert into faq values (1, 'new'), (11, 'eleven') on conflict (id) do update set title = excluded.title",
    );
    assert.deepEqual(await queuedKeys(database, index), [["1"], ["11"]]);
  });

  it("queues the old and the new key when a key changes, also when keys move on by one", async () => {
    await database.query("update faq set id = 20 where id = 10");
    assert.deepEqual(await queuedKeys(database, index), [["10"], ["20"]]);
    await emptyQueue(database);
    await database.script(
      "alter table faq drop constraint faq_pkey, add primary key (id) deferrable initially deferred",
    );
    await database.query("update faq set id = case id when 1 then 2 when 2 then 1 else id end");
    assert.deepEqual(await queuedKeys(database, index), [["1"], ["2"]]);
    await database.script("alter table faq drop constraint faq_pkey, add primary key (id)");
  });

  it("queues deleted keys", async () => {
    await database.query("delete from faq where id <> 2");
    assert.deepEqual(await queuedKeys(database, index), [["1"], ["10"]]);
  });

  it("queues nothing when the writer rolls back", async () => {
    await database
      .transaction(async (tx) => {
        await tx.query("insert into faq (id) values (7)");
        await tx.query("update faq set title = 'z'");
        throw new Error("no");
      })
      .catch(() => {});
    assert.deepEqual(await queuedKeys(database, index), []);
  });

  it("queues nothing for a statement without rows", async () => {
    await database.query("update faq set title = 'z' where id = -1");
    await database.query("delete from faq where id = -1");
    assert.deepEqual(await queuedKeys(database, index), []);
  });

  it("queues the entries of a truncated table, which takes them from workers, and nothing when that is rolled back", async () => {
    await database.query("update faq set title = 'z'");
    const claims = await claim(database, index, { limit: 3, leaseMs: 60_000 });
    await writeBatch(database, index, { entries: claims.slice(0, 2).map((each) => entryFor(each)) });
    const written = claims.slice(0, 2).map(({ key }) => key);
    await assert.rejects(
      database.transaction(async (tx) => {
        await tx.query("truncate faq");
        throw new Error("no");
      }),
    );
    assert.deepEqual(await queueStatus(database, index).then(({ pending, leased }) => [pending, leased]), [0, 1]);
    await database.query("truncate faq");
    assert.deepEqual(await queueStatus(database, index).then(({ pending, leased }) => [pending, leased]), [1, 1]);
    assert.equal(await nextDue(database, index), 0);
    const late = await writeBatch(database, index, { entries: claims.slice(2).map((each) => entryFor(each)) });
    assert.deepEqual([late.written, late.superseded], [0, 1]);
    const due = await claim(database, index, { limit: 9, leaseMs: 60_000 });
    assert.deepEqual(due.map(({ key }) => key).toSorted(), claims.map(({ key }) => key).toSorted());
    await writeBatch(database, index, { deletions: due });
    assert.deepEqual(await entryKeys(database, index), []);
    assert.deepEqual([written.length, await queuedKeys(database, index)], [2, []]);
  });

  it("queues what comes back after a truncate once, so that unchanged texts keep their entries", async () => {
    await database.query("update faq set title = 'z'");
    const claims = await claim(database, index, { limit: 3, leaseMs: 60_000 });
    await writeBatch(database, index, { entries: claims.map((each) => entryFor(each)) });
    await database.script("begin; truncate faq; insert into faq values (1, 'z'), (4, 'y'); commit");
    assert.deepEqual(await queuedKeys(database, index), [["1"], ["10"], ["2"], ["4"]]);
    assert.deepEqual(await entryKeys(database, index), ["1", "10", "2"]);
  });

  it("gives a queued key a new version and a fresh start with each change", async () => {
    await database.query("update faq set title = 'a' where id = 1");
    await queuedKeys(database, index);
    await database.query(
      "update ltd.queue set attempts = 3, failed_at = now(), last_error = 'bad', queued_at = 'epoch'",
    );
    const [before] = await database.query<{ version: string }>("select version from ltd.queue");
    await database.query("update faq set title = 'b' where id = 1");
    await queuedKeys(database, index);
    const [after] = await database.query<{ version: string }>(
      "select version, attempts, failed_at, last_error, queued_at from ltd.queue",
    );
    assert.ok(BigInt(after?.version ?? 0) > BigInt(before?.version ?? 0));
    const { version: _, ...rest } = after ?? {};
    assert.deepEqual(rest, { attempts: 0, failed_at: null, last_error: null, queued_at: new Date(0) });
  });

  it("works for odd names, composite keys and uuid keys, and for several indexes of one table", async () => {
    await database.script(`
      create schema "Weird Schema";
      create table "Weird Schema"."Weird ""Table""" ("Ключ" uuid, "b c" varchar(40), "%I; drop" text, "group" json, primary key ("Ключ", "b c"))`);
    const table = `"Weird Schema"."Weird ""Table"""`;
    const first = await addIndex(database, { name: "first", table, columns: ["%I; drop"] });
    const second = await addIndex(database, { name: "second", table, columns: ["group", "%I; drop"] });
    const uuid = "6f6c9b1e-0000-4000-8000-000000000000";
    const odd = `'"\\, {}%I 中`;
    await database.query(`insert into ${table} values ($1, $2, 'x', '{"a":1}')`, [uuid.toUpperCase(), odd]);
    assert.deepEqual(await queuedKeys(database, first), [[uuid, odd]]);
    assert.deepEqual(await queuedKeys(database, second), [[uuid, odd]]);
    await emptyQueue(database);
    await database.query(`update ${table} set "group" = '{"a":2}'`);
    assert.deepEqual(await queuedKeys(database, first), []);
    assert.deepEqual(await queuedKeys(database, second), [[uuid, odd]]);
    await emptyQueue(database);
    await database.query(`update ${table} set "b c" = 'z'`);
    assert.deepEqual(await queuedKeys(database, first), [
      [uuid, odd],
      [uuid, "z"],
    ]);
    await dropIndex(database, "first");
    await database.query(`update ${table} set "%I; drop" = 'y'`);
    assert.deepEqual(await queuedKeys(database, second), [
      [uuid, odd],
      [uuid, "z"],
    ]);
    await dropIndex(database, "second");
    assert.deepEqual(await database.query("select 1 from pg_trigger where tgrelid = $1::regclass", [table]), []);
  });

  it("compares text byte by byte, whatever the column's collation says", async () => {
    await database.script(`
      create collation if not exists loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
      create table folded (id integer primary key, title text collate loose)`);
    const folded = await addIndex(database, { name: "folded", table: "folded" });
    await database.query("insert into folded values (1, 'Title')");
    await emptyQueue(database);
    await database.query("update folded set title = 'title'");
    assert.deepEqual(await queuedKeys(database, folded), [["1"]]);
  });

  it("logs long lists of keys in parts", async () => {
    await database.query("insert into faq select g, 'x' from generate_series(1000, 26000) g");
    await database.query("update faq set title = 'y' where id >= 1000");
    const [log] = await database.query<{ lists: number; keys: number }>(
      `select count(*)::int as lists, sum(cardinality(key))::int as keys from ltd.change_${index.id}`,
    );
    assert.deepEqual(log, { lists: 6, keys: 2 * 25_001 });
    assert.equal((await queueStatus(database, index)).pending, 25_001);
    assert.equal((await queuedKeys(database, index)).length, 25_001);
    assert.equal((await queueStatus(database, index)).pending, 25_001);
  });

  it("tells the workers, once a transaction", async () => {
    const told = async (): Promise<string> => {
      const [row] = await database.query<{ told: string }>("select last_value::text as told from ltd.notified");
      return row?.told ?? "";
    };
    const at = (seconds: number) =>
      database.query("select setval('ltd.notified', ((extract(epoch from clock_timestamp()) + $1) * 1000)::bigint)", [
        seconds,
      ]);
    await at(-1);
    const before = await told();
    await database.query("update faq set title = 'a' where id = 1");
    assert.ok(BigInt(await told()) > BigInt(before));
    await database.transaction(async (tx) => {
      await tx.query("select setval('ltd.notified', 0)");
      await tx.query("update faq set title = 'c' where id = 1");
      await tx.query("select setval('ltd.notified', 0)");
      await tx.query("update faq set title = 'd' where id = 1");
      const [last] = await tx.query(
        "select last_value::int as told, current_setting('ltd.woken', true) as woken from ltd.notified",
      );
      assert.deepEqual(last, { told: 0, woken: "faq" });
    });
  });

  it("sees a column that is generated from others", async () => {
    await database.script(
      `create table made (id integer primary key, a text, b text, title text generated always as (a || ' ' || b) stored)`,
    );
    const made = await addIndex(database, { name: "made", table: "made" });
    await database.query("insert into made values (1, 'x', 'y'), (2, 'x', 'z')");
    await emptyQueue(database);
    await database.query("update made set b = 'z'");
    assert.deepEqual(await queuedKeys(database, made), [["1"]]);
  });

  it("comes back when triggers were lost, with all that went by unseen", async () => {
    await database.script(
      "create table lost (id integer primary key, title text); insert into lost values (1, 'a'), (2, 'b')",
    );
    const lost = await addIndex(database, { name: "lost", table: "lost", enqueue: true });
    const claims = await claim(database, lost, { limit: 9, leaseMs: 60_000 });
    await writeBatch(database, lost, { entries: claims.map((each) => entryFor(each)) });
    assert.deepEqual(await captureProblems(database, lost), []);
    await database.script(
      `drop trigger ltd_${lost.id}_update on lost; alter table lost disable trigger ltd_${lost.id}_delete`,
    );
    assert.deepEqual((await captureProblems(database, lost)).toSorted(), [
      `the trigger ltd_${lost.id}_delete is disabled`,
      `the trigger ltd_${lost.id}_update is missing`,
    ]);
    await database.script("delete from lost where id = 1; update lost set title = 'c'");
    assert.deepEqual(await queuedKeys(database, lost), []);
    await database.transaction((tx) => restoreCapture(tx, lost));
    assert.deepEqual(await captureProblems(database, lost), []);
    assert.deepEqual(await queuedKeys(database, lost), [["1"]]);
    assert.equal((await getIndex(database, "lost")).enqueuedAt, null, "sync queues the others");
  });

  it("never fails a writer because of a column that was renamed or dropped", async () => {
    await database.script("create table moving (id integer primary key, title text, body text)");
    const moving = await addIndex(database, { name: "moving", table: "moving", columns: ["title", "body"] });
    await database.script("alter table moving rename to moved; alter table moved drop column body");
    await database.script("insert into moved values (1, 'x'); update moved set title = title");
    assert.deepEqual(await queuedKeys(database, moving), [["1"]]);
    await emptyQueue(database);
    await database.script("alter table moved rename column id to number");
    await database.script("insert into moved values (2, 'y'); update moved set title = 'z'; delete from moved");
    assert.deepEqual(await queuedKeys(database, moving), []);
    await database.query("truncate moved");
    const moved = await getIndex(database, "moving");
    await assert.rejects(queuedKeys(database, moved), { code: "source", message: /public\.moved\) has changed.*id/ });
    await database.script("alter table moved rename column number to id; insert into moved values (3, 'z')");
    assert.deepEqual(await queuedKeys(database, moved), [["3"]]);
  });
});

describeServer("capture for other roles", (databases) => {
  it("needs no privilege on schema ltd from a writer, and gives none", async () => {
    const target = await databases.createTarget();
    const owner = await openServer(target);
    const role = `ltd_writer_${process.pid}`;
    try {
      await prepare(owner);
      await owner.script(`
        create table faq (id integer primary key, title text);
        create role ${role} login password 'writer';
        grant select, insert, update, delete, truncate on faq to ${role};
        grant create on schema public to ${role}`);
      const index = await addIndex(owner, { name: "faq", table: "faq" });
      const url = new URL(target);
      url.username = role;
      url.password = "writer";
      const writer = await openServer(url.href);
      try {
        await writer.script(
          "insert into faq values (1, 'a'), (2, 'b'); update faq set title = 'c' where id = 1; delete from faq where id = 2",
        );
        assert.deepEqual(await queuedKeys(owner, index), [["1"], ["2"]]);
        await writer.query("truncate faq");
        assert.equal(await nextDue(owner, index), 0);
        await assert.rejects(writer.query("select * from ltd.queue"), { message: /permission denied for schema ltd/ });
        await assert.rejects(
          writer.script(
            `create table own (id integer); create trigger t after truncate on own for each statement execute function ltd.capture_${index.id}_truncate()`,
          ),
          { message: /permission denied/ },
        );
      } finally {
        await writer.close();
      }
    } finally {
      await owner.script(`drop owned by ${role}; drop role ${role}`);
      await owner.close();
    }
  });

  it("is refused to a role that does not own the table, which can print it or look without triggers", async () => {
    const target = await databases.createTarget();
    const owner = await openServer(target);
    const role = `ltd_reader_${process.pid}`;
    try {
      await prepare(owner);
      await owner.script(`
        create table faq (id integer primary key, title text, updated_at timestamptz);
        insert into faq values (1, 'a', now());
        create role ${role} login password 'reader';
        grant select on faq to ${role};
        grant usage, create on schema ltd to ${role};
        grant all on all tables in schema ltd to ${role};
        grant all on all sequences in schema ltd to ${role};
        grant execute on all functions in schema ltd to ${role}`);
      const url = new URL(target);
      url.username = role;
      url.password = "reader";
      const reader = await openServer(url.href);
      try {
        await assert.rejects(addIndex(reader, { name: "faq", table: "faq" }), {
          code: "source",
          message: /may not create an index on public\.faq: permission denied for table faq/,
          hint: /--print-sql prints.*--updated-at/,
        });
        const source = await describeSource(reader, "faq");
        const printed = await printIndex(reader, {
          name: "printed",
          schema: "public",
          table: "faq",
          key: await chooseKey(reader, source),
          template: "{title}",
          columns: ["title"],
          capture: source.capture,
          modelId: model.id,
        });
        assert.ok(printed.some((each) => each.startsWith("create trigger")));
        const polled = await addIndex(reader, { name: "polled", table: "faq", updatedAt: "updated_at", enqueue: true });
        await settle(reader, polled);
        assert.deepEqual(await entryKeys(reader, polled), ["1"]);
        await dropIndex(reader, "polled");
      } finally {
        await reader.close();
      }
    } finally {
      await owner.script(`drop owned by ${role}; drop role ${role}`);
      await owner.close();
    }
  });

  it("fires for replicated changes too", async () => {
    const database = await databases.create();
    await prepare(database);
    await database.script("create table faq (id integer primary key, title text)");
    const index = await addIndex(database, { name: "faq", table: "faq" });
    await database.transaction(async (tx) => {
      await tx.query("set local session_replication_role = replica");
      await tx.query("insert into faq values (1, 'a')");
    });
    assert.deepEqual(await queuedKeys(database, index), [["1"]]);
  });
});
