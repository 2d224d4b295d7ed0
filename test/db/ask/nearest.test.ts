import assert from "node:assert/strict";
import { before, it } from "node:test";
import type { Database } from "../../../src/db/database.ts";
import type { IndexRecord } from "../../../src/db/index-record.ts";
import { nearest, nearestToKey } from "../../../src/db/ask/nearest.ts";
import { nearestParts } from "../../../src/db/ask/search-parts.ts";
import { claim } from "../../../src/db/capture/queue.ts";
import { buildVectorIndex, vectorIndexState } from "../../../src/db/entries/vector-index.ts";
import { writeBatch } from "../../../src/db/entries/write-batch.ts";
import { statement } from "../../../src/db/statement/statement.ts";
import { describeDatabases, describeServer } from "../../support/databases.ts";
import { addIndex, entryFor, prepare } from "../fixture.ts";

const rows = 400;
const angleOf = (id: number) => (id * Math.PI) / (2 * rows);

/** Rows 1 to 400, spread over a quarter of a circle. Row 400 has an empty text. */
async function fill(database: Database, index: IndexRecord): Promise<void> {
  const claims = await claim(database, index, { limit: rows, leaseMs: 60_000 });
  const entries = claims.map((each) => {
    const entry = entryFor(each, angleOf(Number(each.key[0])));
    return each.key[0] === String(rows) ? { ...entry, embedding: null } : entry;
  });
  await writeBatch(database, index, { entries });
}

describeDatabases("nearest neighbours", (databases) => {
  let database: Database;
  let index: IndexRecord;
  before(async () => {
    database = await databases.create();
    await prepare(database);
    await database.script(`create table faq (id integer primary key, "Title" text, extra jsonb);
      insert into faq select g, 'title ' || g, '{"a": 1}' from generate_series(1, ${rows}) g`);
    index = await addIndex(database, { name: "faq", table: "faq", columns: ["Title"], enqueue: true });
    await fill(database, index);
  });

  const check = async (): Promise<void> => {
    const found = await nearest(database, index, Float32Array.of(Math.cos(angleOf(100)), Math.sin(angleOf(100)), 0), 3);
    assert.equal(found[0]?.key[0], "100");
    assert.deepEqual(new Set(found.map(({ key }) => key[0])), new Set(["99", "100", "101"]));
    assert.deepEqual(found[0]?.row, { id: 100, Title: "title 100", extra: { a: 1 } });
    for (const { key, similarity } of found) {
      assert.ok(Math.abs(similarity - Math.cos(angleOf(100) - angleOf(Number(key[0])))) < 1e-5);
    }
    assert.ok(found.every((each, at) => at === 0 || each.similarity <= (found[at - 1]?.similarity ?? 0)));
    const all = await nearest(database, index, Float32Array.of(1, 0, 0), 1_000);
    assert.equal(all.length, rows - 1, "all but the empty one");
    const others = await nearestToKey(database, index, ["7"], 2);
    assert.deepEqual(new Set(others.map(({ key }) => key[0])), new Set(["6", "8"]));
  };

  it("are exact without an index", async () => {
    assert.equal(await vectorIndexState(database, index), "missing");
    await check();
  });

  it("take the vector as one in a plan that is kept, not as a text that is read again for each row", async () => {
    const parts = nearestParts(index, 3, { contained: null }, {});
    const plan = await database.transaction(async (tx) => {
      await tx.query("set local plan_cache_mode = force_generic_plan");
      await tx.script(`prepare kept as ${statement("ask/nearest", parts)}`);
      return tx.query<{ "QUERY PLAN": string }>("explain execute kept('[1,0,0]')");
    });
    await database.script("deallocate kept");
    const keys = plan.map((line) => line["QUERY PLAN"]).filter((line) => line.includes("$1"));
    assert.ok(keys.length > 0);
    for (const key of keys) assert.doesNotMatch(key, /\(\$1\)::/);
  });

  it("are the same with the HNSW index, which is built once", async () => {
    assert.equal(await buildVectorIndex(database, index), true);
    assert.equal(await vectorIndexState(database, index), "valid");
    assert.equal(await buildVectorIndex(database, index), false);
    await check();
    const [plan] = await database.transaction(async (tx) => {
      await tx.query("set local enable_seqscan = off");
      return tx.query("explain (format json) select key from ltd.entry_faq order by embedding <=> '[1,0,0]' limit 3");
    });
    assert.ok(JSON.stringify(plan).includes(`entry_${index.id}_embedding_idx`), JSON.stringify(plan));
  });

  it("pass over rows that are gone, before any sync, and still give k", async () => {
    await database.query("delete from faq where id between 1 and 200");
    const found = await nearest(database, index, Float32Array.of(1, 0, 0), 5, { efSearch: 10 });
    assert.deepEqual(
      found.map(({ key }) => key[0]),
      ["201", "202", "203", "204", "205"],
    );
  });

  it("of a row without a vector are refused", async () => {
    await assert.rejects(nearestToKey(database, index, [String(rows)], 1), { code: "input", message: /empty text/ });
    await assert.rejects(nearestToKey(database, index, ["12345"], 1), { code: "input", message: /not in the index/ });
    await assert.rejects(nearest(database, index, new Float32Array(2), 1), RangeError);
  });
});

describeServer("nearest neighbours with pgvector in another schema", (databases) => {
  it("need no search path", async () => {
    const database = await databases.create();
    await database.script('create schema "My Extensions"; create extension vector schema "My Extensions"');
    await prepare(database);
    await database.script(
      `create table faq (id integer primary key, title text); insert into faq select g, 'x' from generate_series(1, ${rows}) g`,
    );
    const index = await addIndex(database, { name: "faq", table: "faq", enqueue: true });
    await fill(database, index);
    await buildVectorIndex(database, index);
    const [first] = await nearest(database, index, Float32Array.of(1, 0, 0), 1);
    assert.deepEqual(first?.key, ["1"]);
  });
});

describeDatabases("nearest neighbours in a table whose columns have names that the program uses", (databases) => {
  it("come with the whole row", async () => {
    const database = await databases.create();
    await prepare(database);
    await database.script(`create table faq (key integer primary key, s text, e text, found text, distance text, title text);
      insert into faq select g, 's', null, 'f', 'd', 'title' from generate_series(1, ${rows}) g`);
    const index = await addIndex(database, { name: "faq", table: "faq", columns: ["s", "e", "found"], enqueue: true });
    await fill(database, index);
    const [first] = await nearest(database, index, Float32Array.of(1, 0, 0), 1);
    assert.deepEqual(first?.row, { key: 1, s: "s", e: null, found: "f", distance: "d", title: "title" });
  });
});

describeServer("the HNSW index", (databases) => {
  it("is built once by several workers that come to it together", async () => {
    const database = await databases.create();
    await prepare(database);
    await database.script(`create table faq (id integer primary key, title text);
      insert into faq select g, 'title' from generate_series(1, ${rows}) g`);
    const index = await addIndex(database, { name: "faq", table: "faq", enqueue: true });
    await fill(database, index);
    const built = await Promise.all([1, 2, 3].map(() => buildVectorIndex(database, index)));
    assert.equal(built.filter(Boolean).length, 1);
  });
});
