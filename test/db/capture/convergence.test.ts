import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { it } from "node:test";
import type { Database } from "../../../src/db/database.ts";
import { readHashes } from "../../../src/db/entries/entry.ts";
import { sqlState } from "../../../src/db/failure.ts";
import type { IndexRecord } from "../../../src/db/index-record.ts";
import { keyId } from "../../../src/db/statement/key.ts";
import { queueStatus } from "../../../src/db/capture/queue-status.ts";
import { claim, nextDue } from "../../../src/db/capture/queue.ts";
import { readSource } from "../../../src/db/source/source-row.ts";
import { writeBatch } from "../../../src/db/entries/write-batch.ts";
import { describeDatabases } from "../../support/databases.ts";
import { randomFrom } from "../../support/random.ts";
import { addIndex, entryFor, nothingQueued, prepare } from "../fixture.ts";

const seed = Number(process.env["SEED"] ?? 20_260_722);
const statements = 100;

const hashOf = (text: string | null | undefined): Uint8Array =>
  createHash("md5")
    .update(text ?? "")
    .digest();

/** Rolled back on purpose, a key that is taken, or two writers that wait for each other's rows: not in the queue, that would be ours. */
function isWritersOwn(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const where = error.cause instanceof Error && "where" in error.cause ? String(error.cause.where) : "";
  const state = sqlState(error);
  return (
    error.message === "rolled back on purpose" ||
    state === "23505" ||
    (state === "40P01" && where.includes('relation "faq"'))
  );
}

async function write(database: Database, random: () => number): Promise<void> {
  const id = () => Math.floor(random() * 60);
  for (let step = 0; step < statements; step += 1) {
    const kind = random();
    const text = `text ${Math.floor(random() * 1e6)}`;
    const [low, high] = [id(), id()].toSorted((left, right) => left - right) as [number, number];
    const [sql, parameters]: [string, unknown[]] =
      kind < 0.35
        ? [
            "insert into faq select g, $3 from generate_series($1::int, $2::int) g on conflict (id) do nothing",
            [low, high, text],
          ]
        : kind < 0.65
          ? ["update faq set title = $3 || id where id between $1 and $2", [low, high, text]]
          : kind < 0.75
            ? ["update faq set views = views + 1 where id between $1 and $2", [low, high]]
            : kind < 0.85
              ? ["update faq set id = 1000 + id where id = $1 or id = $2", [low, high]]
              : kind < 0.98
                ? ["delete from faq where id between $1 and $2 or id > 1000", [low, high]]
                : ["truncate faq", []];
    try {
      await database.transaction(async (tx) => {
        await tx.query(sql, parameters);
        if (random() < 0.1) throw new Error("rolled back on purpose");
      });
    } catch (error) {
      if (!isWritersOwn(error)) throw error;
    }
  }
}

async function work(
  database: Database,
  index: IndexRecord,
  random: () => number,
  writing: () => boolean,
): Promise<void> {
  for (;;) {
    const claims = await claim(database, index, { limit: 1 + Math.floor(random() * 20), leaseMs: 100 });
    if (claims.length === 0) {
      if (!writing() && (await nextDue(database, index)) === null) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
      continue;
    }
    // a worker that dies: its lease ends, and another worker continues
    if (random() < 0.05) continue;
    const keys = claims.map(({ key }) => key);
    const rows = new Map((await readSource(database, index, keys)).map((row) => [keyId(row.key), row.values[0]]));
    const hashes = await readHashes(database, index, keys);
    if (random() < 0.3) await new Promise((resolve) => setTimeout(resolve, random() * 150));
    const isSame = (id: string) => Buffer.compare(hashes.get(id) ?? new Uint8Array(), hashOf(rows.get(id))) === 0;
    const there = claims.filter(({ key }) => rows.has(keyId(key)));
    await writeBatch(database, index, {
      entries: there
        .filter(({ key }) => !isSame(keyId(key)))
        .map((each) => ({ ...entryFor(each), contentHash: hashOf(rows.get(keyId(each.key))) })),
      unchanged: there.filter(({ key }) => isSame(keyId(key))),
      deletions: claims.filter(({ key }) => !rows.has(keyId(key))),
    });
  }
}

describeDatabases("entries", (databases) => {
  it(`are those of the rows there are, whatever writers and workers did (SEED=${seed})`, async () => {
    const database = await databases.create();
    await prepare(database);
    await database.script("create table faq (id integer primary key, title text, views integer default 0)");
    await database.script("insert into faq select g, 'first' from generate_series(0, 40) g");
    const index = await addIndex(database, { name: "faq", table: "faq", enqueue: true });
    let writers = 2;
    const writing = [1, 2].map((each) => write(database, randomFrom(seed + each)).finally(() => (writers -= 1)));
    const working = [1, 2, 3].map((each) => work(database, index, randomFrom(seed - each), () => writers > 0));
    await Promise.all([...writing, ...working]);
    assert.deepEqual(await queueStatus(database, index), nothingQueued);
    const wrong = await database.query(`
      select coalesce(s.id, e.key) as id, s.title, encode(e.content_hash, 'hex') as hash
      from faq s full join ltd.entry_faq e on e.key = s.id
      where s.id is null or e.key is null or e.content_hash <> decode(md5(s.title), 'hex')`);
    assert.deepEqual(wrong, []);
  });
});
