import assert from "node:assert/strict";
import { before, beforeEach, it } from "node:test";
import type { Database } from "../../../src/db/database.ts";
import { enqueueAll } from "../../../src/db/capture/enqueue.ts";
import { readHashes } from "../../../src/db/entries/entry.ts";
import { entryStatus } from "../../../src/db/entries/entry-status.ts";
import type { IndexRecord } from "../../../src/db/index-record.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { keyId } from "../../../src/db/statement/key.ts";
import { queueStatus } from "../../../src/db/capture/queue-status.ts";
import { claim, fail, nextDue, release } from "../../../src/db/capture/queue.ts";
import { openServer } from "../../../src/db/connect/server.ts";
import { readSource } from "../../../src/db/source/source-row.ts";
import { statement } from "../../../src/db/statement/statement.ts";
import { writeBatch } from "../../../src/db/entries/write-batch.ts";
import { describeDatabases, describeServer } from "../../support/databases.ts";
import { until } from "../../support/until.ts";
import { addIndex, emptyQueue, entryFor, entryKeys, nothingQueued, prepare, queuedKeys } from "../fixture.ts";

const lease = { limit: 100, leaseMs: 60_000 };

describeDatabases("the queue", (databases) => {
  let database: Database;
  let index: IndexRecord;
  before(async () => {
    database = await databases.create();
    await prepare(database);
    await database.script("create table faq (id bigint primary key, title text)");
    index = await addIndex(database, { name: "faq", table: "faq" });
  });
  beforeEach(async () => {
    await database.script("truncate faq; delete from ltd.entry_faq");
    await emptyQueue(database);
    await database.query("insert into faq select g, 'title ' || g from generate_series(1, 5) g");
  });

  it("is filled with all rows in chunks, and again without harm", async () => {
    await emptyQueue(database);
    assert.equal((await getIndex(database, "faq")).enqueuedAt, null);
    const seen: number[] = [];
    assert.equal(await enqueueAll(database, index, { chunkRows: 2, onProgress: (rows) => seen.push(rows) }), 5);
    assert.deepEqual(seen, [2, 4, 5]);
    assert.deepEqual(await queuedKeys(database, index), [["1"], ["2"], ["3"], ["4"], ["5"]]);
    assert.ok((await getIndex(database, "faq")).enqueuedAt instanceof Date);
    const versions = await database.query("select version from ltd.queue order by key");
    await enqueueAll(database, index);
    assert.deepEqual(await database.query("select version from ltd.queue order by key"), versions);
  });

  it("leases keys to one worker, oldest first, until the lease ends", async () => {
    assert.equal(await nextDue(database, index), 0);
    const first = await claim(database, index, { limit: 2, leaseMs: 3_000 });
    assert.deepEqual(first.map(({ key }) => key).toSorted(), [["1"], ["2"]]);
    const second = await claim(database, index, lease);
    assert.deepEqual(second.map(({ key }) => key).toSorted(), [["3"], ["4"], ["5"]]);
    assert.deepEqual(await claim(database, index, lease), []);
    const status = await queueStatus(database, index);
    assert.deepEqual(
      { ...status, oldestSeconds: 0 },
      { pending: 0, leased: 5, failed: 0, oldestSeconds: 0, lastError: null },
    );
    assert.ok(status.oldestSeconds !== null && status.oldestSeconds >= 0 && status.oldestSeconds < 60);
    const due = await nextDue(database, index);
    assert.ok(due !== null && due <= 3_000);
    await until("the lease has ended", async () => (await nextDue(database, index)) === 0);
    assert.deepEqual((await claim(database, index, lease)).map(({ key }) => key).toSorted(), [["1"], ["2"]]);
  });

  it("takes leased keys back", async () => {
    const claims = await claim(database, index, lease);
    await release(database, index, claims.slice(0, 2));
    assert.equal((await queueStatus(database, index)).pending, 2);
    assert.equal((await claim(database, index, lease)).length, 2);
  });

  it("is empty when all is written, and the entries are there", async () => {
    const claims = await claim(database, index, lease);
    const rows = await readSource(
      database,
      index,
      claims.map(({ key }) => key),
    );
    assert.deepEqual(rows.map((row) => row.values[0]).toSorted(), [
      "title 1",
      "title 2",
      "title 3",
      "title 4",
      "title 5",
    ]);
    const entries = claims.map((each, at) => entryFor(each, at, ["词", "a'b\\", "", "词", "x".repeat(3_000)]));
    const [empty, cut] = entries;
    assert.ok(empty && cut);
    const result = await writeBatch(database, index, {
      entries: [{ ...empty, embedding: null, words: [] }, { ...cut, truncated: true }, ...entries.slice(2)],
    });
    assert.deepEqual(result, { written: 5, empty: 1, truncated: 1, deleted: 0, unchanged: 0, superseded: 0 });
    assert.deepEqual(await queueStatus(database, index), nothingQueued);
    assert.equal(await nextDue(database, index), null);
    assert.deepEqual(await entryStatus(database, index), { entries: 5, indexed: 4, empty: 1, truncated: 1 });
    const [words] = await database.query("select tsvector_to_array(words) as words from ltd.entry_faq where truncated");
    assert.deepEqual(words, { words: ["a'b\\", "词"] });
    const hashes = await readHashes(database, index, [...claims.map(({ key }) => key), ["99"]]);
    assert.deepEqual(new Set(hashes.keys()), new Set(claims.map(({ key }) => keyId(key))));
    assert.deepEqual([...(hashes.get(keyId(cut.key)) ?? [])], [...cut.contentHash]);
  });

  it("keeps a row that changed after it was claimed", async () => {
    const claims = await claim(database, index, lease);
    await database.query("update faq set title = 'changed' where id = 3");
    await database.query("delete from faq where id = 4");
    const result = await writeBatch(database, index, { entries: claims.map((each) => entryFor(each)) });
    assert.deepEqual(result, { written: 3, empty: 0, truncated: 0, deleted: 0, unchanged: 0, superseded: 2 });
    assert.deepEqual(await entryKeys(database, index), ["1", "2", "5"]);
    const again = await claim(database, index, lease);
    assert.deepEqual(
      again.map(({ key }) => key).toSorted(),
      [["3"], ["4"]],
      "due at once, not at the end of the old lease",
    );
  });

  it("keeps a row that was truncated away and came back", async () => {
    const claims = await claim(database, index, lease);
    await database.script("truncate faq; insert into faq values (1, 'another')");
    const result = await writeBatch(database, index, { entries: claims.map((each) => entryFor(each)) });
    assert.deepEqual(result, { written: 0, empty: 0, truncated: 0, deleted: 0, unchanged: 0, superseded: 5 });
    assert.deepEqual(await entryKeys(database, index), []);
    assert.deepEqual(
      await readSource(database, index, await queuedKeys(database, index)),
      [{ key: ["1"], rowKey: ["1"], values: ["another"] }],
      "the others are queued too, and are seen to be gone",
    );
  });

  it("takes the first result after a lease that has ended", async () => {
    const slow = await claim(database, index, { limit: 100, leaseMs: 1 });
    let quick: Awaited<ReturnType<typeof claim>> = [];
    while (quick.length === 0) quick = await claim(database, index, lease); // until the lease has ended
    assert.equal((await writeBatch(database, index, { entries: quick.map((each) => entryFor(each)) })).written, 5);
    assert.equal((await writeBatch(database, index, { entries: slow.map((each) => entryFor(each)) })).superseded, 5);
  });

  it("deletes entries of rows that are gone, and leaves unchanged ones alone", async () => {
    await writeBatch(database, index, { entries: (await claim(database, index, lease)).map((each) => entryFor(each)) });
    const [before] = await database.query("select updated_at from ltd.entry_faq where key = 2");
    await database.script("delete from faq where id in (1, 5); update faq set title = title || '!' where id = 2");
    const claims = await claim(database, index, lease);
    const of = (id: string) => claims.filter(({ key }) => key[0] === id);
    const result = await writeBatch(database, index, { deletions: [...of("1"), ...of("5")], unchanged: of("2") });
    assert.deepEqual(result, { written: 0, empty: 0, truncated: 0, deleted: 2, unchanged: 1, superseded: 0 });
    assert.deepEqual(await entryKeys(database, index), ["2", "3", "4"]);
    assert.deepEqual(await database.query("select updated_at from ltd.entry_faq where key = 2"), [before]);
    assert.deepEqual(await queuedKeys(database, index), []);
    assert.deepEqual(await writeBatch(database, index, {}), {
      written: 0,
      empty: 0,
      truncated: 0,
      deleted: 0,
      unchanged: 0,
      superseded: 0,
    });
  });

  it("writes nothing at all when a batch cannot be written", async () => {
    const claims = await claim(database, index, lease);
    const bad = claims.map((each, at) => entryFor(each, at === 4 ? Number.NaN : 0));
    await assert.rejects(writeBatch(database, index, { entries: bad }), { code: "database" });
    const short = claims.map((each) => ({ ...entryFor(each), embedding: new Float32Array(2) }));
    await assert.rejects(writeBatch(database, index, { entries: short }), RangeError);
    assert.deepEqual(await entryKeys(database, index), []);
    assert.equal((await queueStatus(database, index)).leased, 5);
    assert.equal((await writeBatch(database, index, { entries: claims.map((each) => entryFor(each)) })).written, 5);
  });

  it("pauses longer after each failure, and gives a key up after the last", async () => {
    const options = { maxAttempts: 3, backoffMs: 1_000, maxBackoffMs: 1_500 };
    const pauses: number[] = [];
    for (const attempt of [1, 2, 3]) {
      const [only, ...others] = await claim(database, index, lease);
      assert.ok(only);
      assert.equal(only.attempts, attempt - 1);
      if (others.length > 0) await writeBatch(database, index, { entries: others.map((each) => entryFor(each)) });
      const failures = [{ ...only, error: `attempt ${attempt}\0${"x".repeat(9_000)}` }];
      assert.deepEqual(
        await fail(database, index, failures, options),
        attempt < 3 ? { retried: 1, failed: 0 } : { retried: 0, failed: 1 },
      );
      pauses.push((await nextDue(database, index)) ?? -1);
      await database.query("update ltd.queue set not_before = now()");
    }
    assert.ok(pauses[0] !== undefined && pauses[0] > 400 && pauses[0] <= 1_000, String(pauses));
    assert.ok(pauses[1] !== undefined && pauses[1] > 650 && pauses[1] <= 1_500, String(pauses));
    assert.equal(pauses[2], -1, "a key that was given up is never due");
    assert.deepEqual(await claim(database, index, lease), []);
    const { failed, pending, oldestSeconds, lastError } = await queueStatus(database, index);
    assert.deepEqual({ failed, pending, oldestSeconds }, { failed: 1, pending: 0, oldestSeconds: null });
    assert.ok(lastError, "the error of the key that failed");
    const [row] = await database.query<{ last_error: string }>("select last_error from ltd.queue");
    assert.match(row?.last_error ?? "", /^attempt 3\ufffdx+$/);
  });

  it("does not count a failure against a row that has changed since its claim", async () => {
    const claims = await claim(database, index, lease);
    await database.query("update faq set title = 'better'");
    const failures = claims.map((each) => ({ ...each, error: "bad" }));
    assert.deepEqual(await fail(database, index, failures, { maxAttempts: 1 }), { retried: 0, failed: 0 });
    assert.equal((await claim(database, index, lease)).length, 5);
  });

  it("keeps the keys of indexes apart", async () => {
    await database.script(
      "create table other (code text primary key, title text); insert into other values ('1', 'x'), ('a\"\\,{}', 'y')",
    );
    const other = await addIndex(database, { name: "other", table: "other", enqueue: true });
    const claims = await claim(database, other, lease);
    assert.deepEqual(claims.map(({ key }) => key).toSorted(), [["1"], ['a"\\,{}']]);
    assert.equal((await queueStatus(database, index)).pending, 5);
    await release(database, other, claims);
    assert.equal((await claim(database, other, lease)).length, 2);
    assert.deepEqual(
      await fail(
        database,
        other,
        claims.map((each) => ({ ...each, error: "bad" })),
      ),
      { retried: 2, failed: 0 },
    );
  });

  it("is never read as a whole by a worker, whatever the statistics say of it", async () => {
    // as after another index was loaded: all that was ever there is of that one
    await database.query(
      "insert into ltd.queue (index_id, key) select 0, array[g::text] from generate_series(1, 5000) g",
    );
    await database.query("analyze ltd.queue");
    await database.query("insert into faq select g, 'title' from generate_series(6, 3000) g");
    const [first] = await claim(database, index, lease);
    const keys = [[keyId(first!.key)], [first!.version]];
    for (const [name, parameters] of [
      ["claim", [index.id, 100, 60_000]],
      ["acknowledge", [index.id, ...keys]],
      ["release", [index.id, ...keys]],
      ["fail", [index.id, ...keys, ["reason"], 5, 1, 1]],
    ] as const) {
      const [plan] = await database.query<object>(`explain (format json) ${statement(`capture/${name}`)}`, parameters);
      const text = JSON.stringify(plan);
      assert.match(text, /"Node Type":"Tid Scan"/, name);
      assert.doesNotMatch(text, /"Node Type":"Seq Scan"/, name);
      if (name !== "claim") assert.match(text, /\(index_id = \d+\) AND \(key = /, name);
    }
  });

  it("says that the source has changed when its table or a column is gone", async () => {
    await database.script("create table gone (id integer primary key, title text); insert into gone values (1, 'x')");
    const gone = await addIndex(database, { name: "gone", table: "gone", enqueue: true });
    await database.script("alter table gone drop column title");
    await assert.rejects(readSource(database, gone, [["1"]]), {
      code: "source",
      message: /public\.gone\) has changed.*title/,
    });
    await database.script("drop table gone");
    await assert.rejects(enqueueAll(database, gone), { code: "source" });
    const record = await getIndex(database, "gone");
    assert.deepEqual([record.sourceExists, record.schema, record.table], [false, "public", "gone"]);
  });
});

describeServer("the queue of several workers", (databases) => {
  it("is done by all of them together, each key by one", async () => {
    const target = await databases.createTarget();
    const workers = await Promise.all([1, 2, 3, 4].map(() => openServer(target, { maxConnections: 2 })));
    try {
      const [database] = workers;
      assert.ok(database);
      await prepare(database);
      await database.script(
        "create table faq (id integer primary key, title text); insert into faq select g, 'x' from generate_series(1, 1000) g",
      );
      const index = await addIndex(database, { name: "faq", table: "faq", enqueue: true });
      let written = 0;
      await Promise.all(
        workers.map(async (worker) => {
          while ((await nextDue(worker, index)) !== null) {
            const claims = await claim(worker, index, { limit: 37, leaseMs: 1_000 });
            const result = await writeBatch(worker, index, { entries: claims.map((each) => entryFor(each)) });
            // Another worker's claim can hold a key for a moment: it is passed over, and done in a later turn.
            if (result.superseded > 0) await release(worker, index, claims);
            written += result.written;
          }
        }),
      );
      assert.equal(written, 1_000);
      assert.equal((await entryStatus(database, index)).entries, 1_000);
    } finally {
      await Promise.all(workers.map((worker) => worker.close()));
    }
  });

  it("has nothing to do with a change that is not committed, and neither waits for its writer nor holds it up", async () => {
    const database = await databases.create();
    await prepare(database);
    await database.script(
      "create table faq (id integer primary key, title text); insert into faq values (1, 'a'), (2, 'b')",
    );
    const index = await addIndex(database, { name: "faq", table: "faq", enqueue: true });
    const claims = await claim(database, index, lease);
    await database.transaction(async (writer) => {
      await writer.query("update faq set title = 'c' where id = 2");
      const written = await writeBatch(database, index, { entries: claims.map((each) => entryFor(each)) });
      assert.deepEqual([written.written, written.superseded], [2, 0]);
      assert.equal(await nextDue(database, index), null, "sync ends, and does not wait for the writer");
      await writer.query("update faq set title = 'd' where id = 1");
    });
    assert.equal(await nextDue(database, index), 0);
    assert.deepEqual((await claim(database, index, lease)).map(({ key }) => key).toSorted(), [["1"], ["2"]]);
  });

  it("never fails a repeatable-read writer, whatever workers and other writers did since its snapshot", async () => {
    const database = await databases.create();
    await prepare(database);
    await database.script(
      "create table faq (id integer primary key, title text); insert into faq values (1, 'a'), (2, 'b')",
    );
    const index = await addIndex(database, { name: "faq", table: "faq", enqueue: true });
    for (const level of ["repeatable read", "serializable"]) {
      await database.transaction(async (writer) => {
        await writer.query(`set transaction isolation level ${level}`);
        await writer.query("select from faq");
        // the key of row 1 changes hands in the queue, and is logged by another
        await database.query("update faq set title = title || '!' where id = 2");
        const claims = await claim(database, index, lease);
        await writeBatch(database, index, { entries: claims.map((each) => entryFor(each)) });
        await writer.query("update faq set title = title || '?' where id = 1");
      });
      assert.deepEqual(await queuedKeys(database, index), [["1"]], level);
      await emptyQueue(database);
    }
  });

  it("is filled although a writer holds some of its keys for a while", async () => {
    const database = await databases.create();
    await prepare(database);
    await database.script(
      "create table faq (id integer primary key, title text); insert into faq values (1, 'a'), (2, 'b')",
    );
    const index = await addIndex(database, { name: "faq", table: "faq" });
    await database.transaction(async (writer) => {
      await writer.query("update faq set title = 'c' where id = 2");
      assert.equal(await enqueueAll(database, index), 2, "it does not wait for the writer");
      // nor does the writer wait for whom has filled the queue
      await writer.query("update faq set title = 'd' where id = 1");
    });
    assert.deepEqual(await queuedKeys(database, index), [["1"], ["2"]]);
  });
});
