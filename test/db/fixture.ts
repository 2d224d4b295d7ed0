import type { Database } from "../../src/db/database.ts";
import { enqueueAll } from "../../src/db/capture/enqueue.ts";
import { parseFilter } from "../../src/db/source/filter.ts";
import { fold } from "../../src/db/capture/fold.ts";
import type { IndexRecord, Key } from "../../src/db/index-record.ts";
import { keyId } from "../../src/db/statement/key.ts";
import { listIndexes } from "../../src/db/indexes/find-index.ts";
import { createIndex } from "../../src/db/indexes/index-store.ts";
import { migrate } from "../../src/db/schema/migrate.ts";
import { registerModel } from "../../src/db/schema/model.ts";
import { claim, type Claim } from "../../src/db/capture/queue.ts";
import { chooseKey, describeSource } from "../../src/db/source/source.ts";
import { readSource } from "../../src/db/source/source-row.ts";
import { writeBatch, type Entry } from "../../src/db/entries/write-batch.ts";

/** A model of three dimensions that no test needs to load. */
export const model = { id: "tiny", sha256: "0".repeat(64), dims: 3, maxChars: 32 };

/** What `queueStatus` gives for an empty queue. */
export const nothingQueued = { pending: 0, leased: 0, failed: 0, oldestSeconds: null, lastError: null };

/** Brings the schema up and makes the model known. */
export async function prepare(database: Database): Promise<void> {
  await migrate(database);
  await registerModel(database, model);
}

/** What {@link addIndex} is given. */
export interface Wanted {
  name: string;
  /** As SQL would name it. */
  table: string;
  columns?: string[];
  key?: string[];
  where?: string;
  updatedAt?: string;
  /** Queue the rows there are; default no. */
  enqueue?: boolean;
}

export async function addIndex(
  database: Database,
  { name, table, columns = ["title"], key, where, updatedAt, enqueue }: Wanted,
): Promise<IndexRecord> {
  const source = await describeSource(database, table, updatedAt !== undefined);
  const index = await createIndex(database, {
    name,
    schema: source.schema,
    table: source.table,
    key: await chooseKey(database, source, key),
    template: columns.map((column) => `{${column}}`).join(" "),
    columns,
    capture: source.capture,
    ...(where !== undefined && { filter: await parseFilter(database, source, where) }),
    ...(updatedAt !== undefined && { updatedAtColumn: updatedAt }),
    modelId: model.id,
  });
  if (enqueue) await enqueueAll(database, index);
  return index;
}

/** The keys that are queued or logged, as text, in order. */
export async function queuedKeys(database: Database, index: IndexRecord): Promise<Key[]> {
  await fold(database, index);
  const rows = await database.query<{ key: string[] }>("select key from ltd.queue where index_id = $1 order by key", [
    index.id,
  ]);
  return rows.map((row) => row.key);
}

/** The keys that have an entry, as text, in order. */
export async function entryKeys(database: Database, index: IndexRecord): Promise<string[]> {
  const rows = await database.query<{ key: string }>(`select key::text from ltd.entry_${index.name} order by key`);
  return rows.map((row) => row.key);
}

export async function emptyQueue(database: Database): Promise<void> {
  for (const index of await listIndexes(database)) await fold(database, index);
  await database.query("delete from ltd.queue");
}

/** Does all that is queued, without embedding anything: rows that are there get an entry, others lose it. */
export async function settle(database: Database, index: IndexRecord): Promise<void> {
  for (;;) {
    const claims = await claim(database, index, { limit: 1_000, leaseMs: 60_000 });
    if (claims.length === 0) return;
    const rows = await readSource(
      database,
      index,
      claims.map(({ key }) => key),
    );
    const found = new Set(rows.map((row) => keyId(row.key)));
    await writeBatch(database, index, {
      entries: claims.filter(({ key }) => found.has(keyId(key))).map((each) => entryFor(each)),
      deletions: claims.filter(({ key }) => !found.has(keyId(key))),
    });
  }
}

/** An entry with a vector of one direction. */
export function entryFor({ key, version }: Pick<Claim, "key" | "version">, angle = 0, words: string[] = ["词"]): Entry {
  const embedding = Float32Array.of(Math.cos(angle), Math.sin(angle), 0);
  return { key, version, contentHash: Uint8Array.of(0, angle * 10, 255), embedding, truncated: false, words };
}
