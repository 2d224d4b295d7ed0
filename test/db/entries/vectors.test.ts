import assert from "node:assert/strict";
import { before, it } from "node:test";
import type { Database } from "../../../src/db/database.ts";
import { copyBinaryRows } from "../../../src/db/connect/copy-binary-rows.ts";
import { GenerationSwitched } from "../../../src/db/entries/generation-state.ts";
import type { IndexRecord } from "../../../src/db/index-record.ts";
import { claim } from "../../../src/db/capture/queue.ts";
import { sqlText } from "../../../src/db/statement/sql-text.ts";
import { readVectors } from "../../../src/db/entries/vectors.ts";
import { writeBatch } from "../../../src/db/entries/write-batch.ts";
import { rowOf } from "../../../src/vector/matrix.ts";
import { describeDatabases } from "../../support/databases.ts";
import { addIndex, entryFor, prepare } from "../fixture.ts";

const rows = 5_000;
const angleOf = (id: number) => (id * Math.PI) / (2 * rows);

describeDatabases("the vectors of an index", (databases) => {
  let database: Database;
  let index: IndexRecord;
  before(async () => {
    database = await databases.create();
    await prepare(database);
    await database.script(`create table faq (shop integer, "Number" text, title text, primary key (shop, "Number"));
      insert into faq select g / 100, '号"' || g, 'title' from generate_series(1, ${rows}) g`);
    index = await addIndex(database, { name: "faq", table: "faq", enqueue: true });
    const claims = await claim(database, index, { limit: rows, leaseMs: 60_000 });
    const entries = claims.map((each) => {
      const id = Number(each.key[1]!.slice(2));
      return id % 2 === 0 ? entryFor(each, angleOf(id), ["二", "一"]) : { ...entryFor(each), embedding: null };
    });
    await writeBatch(database, index, { entries });
  });

  it("are read by one COPY, exactly and in the order of the keys; rows without one are left out", async () => {
    const found = await readVectors(database, index, { words: true, hashes: true });
    assert.deepEqual([found.vectors.rows, found.vectors.dims, found.keys.length], [rows / 2, 3, rows / 2]);
    const ordered = await database.query<{ key: string[] }>(
      `select array[key_1::text, key_2] as key from ltd.entry_faq where embedding is not null order by key_1, key_2`,
    );
    assert.deepEqual(
      found.keys,
      ordered.map(({ key }) => key),
    );
    found.keys.forEach((key, row) => {
      const angle = angleOf(Number(key[1]!.slice(2)));
      assert.deepEqual(rowOf(found.vectors, row), Float32Array.of(Math.cos(angle), Math.sin(angle), 0));
    });
    assert.equal(found.words[7]!.split(" ").sort().join(), "一,二");
    assert.match(found.hashes[7]!, /^00[0-9a-f]{2}ff$/);
  });

  it("of a condition", async () => {
    const { keys, words } = await readVectors(database, index, { condition: sqlText`e.key_1 = 7` });
    assert.deepEqual([keys.length, keys[0], words[0]], [50, ["7", '号"700'], ""]);
    assert.deepEqual((await readVectors(database, index, { condition: sqlText`false` })).keys, []);
  });

  it("of a generation that is no longer live are refused", async () => {
    await assert.rejects(readVectors(database, { ...index, state: "previous" }), GenerationSwitched);
  });

  it("COPY gives an error of the server, or of the reader, and the connection goes on", async () => {
    await database.transaction(async (tx) => {
      await tx.query("select 1");
      await assert.rejects(
        tx.copyOut(`copy (select g from generate_series(1, 100000) g) to stdout`, () => {
          throw new RangeError("no more");
        }),
        RangeError,
      );
      assert.deepEqual(await tx.query("select 1 as one"), [{ one: 1 }]);
    });
    await assert.rejects(
      database.copyOut("copy (select nothing) to stdout", () => {}),
      { code: "database" },
    );
    assert.deepEqual(await database.query("select 1 as one"), [{ one: 1 }]);
  });

  it("rows that are cut anywhere are put together", async () => {
    const chunks: Uint8Array[] = [];
    const copy = `copy (select g, nullif(repeat('字', g), '字') from generate_series(1, 9) g) to stdout (format binary)`;
    await database.copyOut(copy, (chunk) => chunks.push(Uint8Array.from(chunk)));
    const bytes = Buffer.concat(chunks);
    for (const step of [1, 2, 7, 1000]) {
      const found: [number, string | undefined][] = [];
      const take = copyBinaryRows(([g, text]) => found.push([g!.readInt32BE(), text?.toString()]));
      for (let at = 0; at < bytes.length; at += step) take(bytes.subarray(at, at + step));
      assert.deepEqual(
        found,
        [1, 2, 3, 4, 5, 6, 7, 8, 9].map((g) => [g, g === 1 ? undefined : "字".repeat(g)]),
      );
    }
  });
});
