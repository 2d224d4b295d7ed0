import assert from "node:assert/strict";
import { before, it } from "node:test";
import type { Database } from "../../../src/db/database.ts";
import type { IndexRecord } from "../../../src/db/index-record.ts";
import { dropIndex } from "../../../src/db/indexes/index-store.ts";
import { lookAtSource } from "../../../src/db/capture/look.ts";
import { nearest } from "../../../src/db/ask/nearest.ts";
import { requireTime } from "../../../src/db/capture/poll.ts";
import { claim } from "../../../src/db/capture/queue.ts";
import { chooseKey, describeSource } from "../../../src/db/source/source.ts";
import { openServer } from "../../../src/db/connect/server.ts";
import { writeBatch } from "../../../src/db/entries/write-batch.ts";
import { describeDatabases, describeServer } from "../../support/databases.ts";
import { urlAs } from "../../support/roles.ts";
import { addIndex, entryFor, entryKeys, prepare, queuedKeys, settle } from "../fixture.ts";

/** What a look queues. */
async function seen(database: Database, index: IndexRecord): Promise<string[]> {
  await lookAtSource(database, index);
  return (await queuedKeys(database, index)).map((key) => key.join("/"));
}

const past = "now() - interval '1 hour'";

describeDatabases("a source without triggers", (databases) => {
  let database: Database;
  let index: IndexRecord;
  before(async () => {
    database = await databases.create();
    await prepare(database);
    await database.script(`
      create table faq (id integer primary key, lang text, title text, updated_at timestamptz default ${past}, day date);
      insert into faq values (1, 'zh', 'a', 'epoch'), (2, 'zh', 'b', 'epoch'), (3, 'de', 'c', 'epoch'), (9, 'zh', 'i', ${past});
      create view "Faq View" as select id, lang, upper(title) as title, updated_at, day from faq where lang <> 'de'`);
    index = await addIndex(database, {
      name: "faq",
      table: '"Faq View"',
      key: ["id"],
      updatedAt: "updated_at",
      enqueue: true,
    });
  });

  it("is a view: its rows are queued at first, and no trigger stands anywhere", async () => {
    assert.equal(index.capture, "poll");
    assert.deepEqual((await queuedKeys(database, index)).flat(), ["1", "2", "9"]);
    await settle(database, index);
    assert.deepEqual(await database.query("select tgname from pg_trigger where tgname like 'ltd%'"), []);
    const [first] = await nearest(database, index, Float32Array.of(1, 0, 0), 1);
    assert.deepEqual(Object.keys(first?.row ?? {}).toSorted(), ["day", "id", "lang", "title", "updated_at"]);
    assert.deepEqual(
      await seen(database, index),
      ["9"],
      "changed within ten minutes of the last change: looked at again",
    );
    await settle(database, index);
  });

  it("is seen to have new, changed and deleted rows, and rows that enter and leave a view", async () => {
    await database.query("update faq set updated_at = now() - interval '30 minutes' where id = 2");
    assert.deepEqual(await seen(database, index), ["2", "9"]);
    await settle(database, index);
    await database.query("insert into faq values (4, 'zh', 'd', 'epoch'), (5, 'zh', 'e', null)");
    assert.deepEqual(await seen(database, index), ["2", "4", "5"], "new rows, whatever their time says");
    await settle(database, index);
    await database.query("delete from faq where id = 1");
    await database.query("update faq set lang = 'de' where id = 4");
    await database.query("update faq set lang = 'zh' where id = 3");
    assert.deepEqual(await seen(database, index), ["1", "2", "3", "4"]);
    await settle(database, index);
    assert.deepEqual(await entryKeys(database, index), ["2", "3", "5", "9"]);
  });

  it("takes what changes from a worker that has read it before", async () => {
    await database.query("update faq set title = 'x', updated_at = now() where id = 2");
    await lookAtSource(database, index);
    const claims = await claim(database, index, { limit: 9, leaseMs: 60_000 });
    await database.query("update faq set title = 'y', updated_at = now() where id = 2");
    await lookAtSource(database, index);
    const changed = claims.filter(({ key }) => key[0] === "2");
    const late = await writeBatch(database, index, { entries: changed.map((each) => entryFor(each)) });
    assert.deepEqual([late.written, late.superseded], [0, 1]);
    await settle(database, index);
  });

  it("is not blinded by a time in a far future", async () => {
    await database.query("update faq set updated_at = '9999-01-01' where id = 3");
    assert.ok((await seen(database, index)).includes("3"));
    await settle(database, index);
    await database.query("update faq set updated_at = now() where id = 5");
    assert.ok((await seen(database, index)).includes("5"));
    await settle(database, index);
  });

  it("is left alone for as long as it was asked to be", async () => {
    await database.query("insert into faq values (6, 'zh', 'f')");
    await lookAtSource(database, index, 3_600_000);
    assert.ok(!(await queuedKeys(database, index)).flat().includes("6"));
    assert.ok((await seen(database, index)).includes("6"));
    await settle(database, index);
  });

  it("is a materialized view, or a table that the role may not put triggers on", async () => {
    await database.script(`
      create materialized view "Stored" as select * from faq;
      create table plain (id uuid primary key, title text, updated_at timestamp(3) default localtimestamp)`);
    const stored = await addIndex(database, {
      name: "stored",
      table: '"Stored"',
      key: ["id"],
      updatedAt: "updated_at",
    });
    await settle(database, stored);
    assert.deepEqual(await seen(database, stored), ["2", "3", "4", "5", "6", "9"]);
    await settle(database, stored);
    await database.script('delete from faq where id = 5; refresh materialized view "Stored"');
    assert.ok((await seen(database, stored)).includes("5"));
    await settle(database, stored);
    assert.deepEqual(await entryKeys(database, stored), ["2", "3", "4", "6", "9"]);
    const plain = await addIndex(database, {
      name: "plain",
      table: "plain",
      updatedAt: "updated_at",
      where: "title <> ''",
    });
    assert.equal(plain.capture, "poll");
    await database.query(
      "insert into plain values ('00000000-0000-4000-8000-000000000001', 'a'), ('00000000-0000-4000-8000-000000000002', '')",
    );
    assert.deepEqual(await seen(database, plain), ["00000000-0000-4000-8000-000000000001"]);
    await dropIndex(database, "plain");
    assert.deepEqual(await database.query("select tgname from pg_trigger where tgname like 'ltd%'"), []);
  });

  it("is refused without what it needs, and it is said what that is", async () => {
    await assert.rejects(describeSource(database, '"Faq View"'), {
      code: "source",
      message: /public\.Faq View is a view, where triggers cannot see changes/,
      hint: /--key id --updated-at/,
    });
    const view = await describeSource(database, '"Faq View"', true);
    await assert.rejects(chooseKey(database, view), { code: "source", hint: /--key id/ });
    await assert.rejects(chooseKey(database, view, ["ids"]), { code: "source", hint: /did you mean id/ });
    await assert.rejects(chooseKey(database, view, ["lang"]), {
      code: "source",
      message: /several rows have the same/,
    });
    await assert.rejects(chooseKey(database, view, ["day", "id"]), {
      code: "source",
      message: /day, id .*some rows have null there/,
    });
    await database.query("insert into faq values (7, 'zh', null)");
    await assert.rejects(chooseKey(database, view, ["title", "id"]), { code: "source", message: /have null there/ });
    assert.throws(() => requireTime(view, "day"), { code: "source", message: /type date/, hint: /timestamptz/ });
  });

  it("says that it has changed when its column is gone", async () => {
    await database.script(`alter table faq drop column updated_at cascade`);
    await database.script(`create table other (id integer primary key, title text, changed timestamptz)`);
    const other = await addIndex(database, { name: "other", table: "other", updatedAt: "changed", enqueue: true });
    await database.query("alter table other drop column changed");
    await assert.rejects(lookAtSource(database, other), {
      code: "source",
      message: /public\.other\) has changed.*changed/,
    });
  });
});

/** An index of a view, with two rows in place. */
async function addSeen(database: Database): Promise<IndexRecord> {
  await database.script(`
    create table faq (id integer primary key, title text, updated_at timestamptz);
    insert into faq values (1, 'a', 'epoch'), (2, 'b', ${past});
    create view seen as select * from faq`);
  const index = await addIndex(database, {
    name: "faq",
    table: "seen",
    key: ["id"],
    updatedAt: "updated_at",
    enqueue: true,
  });
  await settle(database, index);
  return index;
}

describeServer("a source without triggers", (databases) => {
  it("is seen to have changed under a time before the last one, by a transaction that was at work for long", async () => {
    const database = await databases.create();
    await prepare(database);
    const index = await addSeen(database);
    await database.transaction(async (writer) => {
      await writer.query("update faq set title = 'A', updated_at = now() where id = 1");
      // so far ahead that the ten minutes alone would not do
      await database.query("update faq set title = 'B', updated_at = now() + interval '20 minutes' where id = 2");
      assert.deepEqual(await seen(database, index), ["2"]);
      await settle(database, index);
    });
    assert.deepEqual(await seen(database, index), ["1", "2"]);
  });

  it("is polled from the start of others' transactions, if the role may see them, else from ten minutes before", async () => {
    const target = await databases.createTarget();
    const database = await openServer(target);
    const role = `ltd_poller_${process.pid}`;
    let poller: Database | undefined;
    try {
      await prepare(database);
      const index = await addSeen(database);
      await database.script(`create role ${role} login password 'secret'; grant usage on schema ltd to ${role};
        grant all on all tables in schema ltd to ${role}; grant all on all sequences in schema ltd to ${role}; grant select on seen to ${role}`);
      poller = await openServer(urlAs(target, role));
      for (const maySee of [false, true]) {
        if (maySee) await database.query(`grant pg_read_all_stats to ${role}`);
        await database.query("update faq set updated_at = 'epoch' where id = 1"); // out of sight
        await database.transaction(async (writer) => {
          const [{ began }] = (await writer.query<{ began: string }>("select now()::text as began")) as [
            { began: string },
          ];
          await writer.query("update faq set title = title || '1', updated_at = now() where id = 1");
          // so far ahead that only other transactions hold the next look back
          await database.query("update faq set updated_at = now() + interval '20 minutes' where id = 2");
          assert.deepEqual(await seen(poller!, index), ["2"]);
          await settle(poller!, index);
          const [{ waits }] = (await poller!.query<{ waits: boolean }>(
            "select watermark::timestamptz <= $1::timestamptz as waits from ltd.index",
            [began],
          )) as [{ waits: boolean }];
          assert.equal(waits, maySee);
        });
        assert.deepEqual(await seen(poller, index), ["1", "2"], "either way nothing is lost");
        await settle(poller, index);
      }
    } finally {
      await poller?.close();
      await database.script(`drop owned by ${role}; drop role ${role}`).catch(() => {});
      await database.close();
    }
  });

  it("is a foreign table", async () => {
    const database = await databases.create();
    await prepare(database);
    const [server] = await database.query<{ port: number; name: string; user: string; there: boolean }>(
      `select inet_server_port() as port, current_database() as name, current_user as "user",
        exists (select from pg_available_extensions where name = 'postgres_fdw') as there`,
    );
    assert.ok(server?.there, "postgres_fdw comes with Postgres");
    const password = new URL(process.env["LTD_TEST_DATABASE_URL"] ?? "").password;
    await database.script(`
      create table faq (id integer primary key, title text, updated_at timestamptz default ${past});
      insert into faq values (1, 'a');
      create extension postgres_fdw;
      create server far foreign data wrapper postgres_fdw options (host '127.0.0.1', port '${server.port}', dbname '${server.name}');
      create user mapping for current_user server far options (user '${server.user}', password '${password}');
      create foreign table far_faq (id integer, title text, updated_at timestamptz) server far options (table_name 'faq')`);
    const index = await addIndex(database, {
      name: "faq",
      table: "far_faq",
      key: ["id"],
      updatedAt: "updated_at",
      enqueue: true,
    });
    await settle(database, index);
    assert.deepEqual(await entryKeys(database, index), ["1"]);
    await database.script("delete from faq; insert into faq values (2, 'b')");
    assert.deepEqual(await seen(database, index), ["1", "2"]);
  });
});
