import type { Database } from "../database.ts";
import type { IndexRecord, Key } from "../index-record.ts";
import { keyArray, keyTypeNames, sourceKeyNames, sourceRows } from "../statement/key.ts";
import { pollSource } from "./poll.ts";
import { readGuarded } from "../source/guard.ts";
import { withFilter } from "../source/filter.ts";
import { sourceError } from "../source/source-error.ts";
import { joinSql, sqlText } from "../statement/sql-text.ts";
import { statement } from "../statement/statement.ts";

/** Settings of {@link enqueueAll}. */
export interface EnqueueOptions {
  /** Keys a transaction; default 10,000. */
  chunkRows?: number;
  /** Called after each transaction with the keys seen so far. */
  onProgress?: (rows: number) => void;
}

/**
 * Queues every key of the source table and notes when that is done; returns the number of keys seen.
 *
 * Short transactions in the order of the key. The triggers queue rows written during the run. Safe to repeat or
 * interrupt: the next run starts over. Throws LtdError("source") when the table or a key column is gone.
 */
export async function enqueueAll(
  database: Database,
  index: IndexRecord,
  options: EnqueueOptions = {},
): Promise<number> {
  if (index.capture === "poll") {
    const added = await pollSource(database, index);
    options.onProgress?.(added);
    return added;
  }
  return enqueueEvery(database, index, options);
}

/** Queues all keys, of a polled source too, whatever time their rows have. See {@link enqueueAll}. */
export async function enqueueEvery(
  database: Database,
  index: IndexRecord,
  options: EnqueueOptions = {},
): Promise<number> {
  const chunkRows = options.chunkRows ?? 10_000;
  let rows = 0;
  let last: Key = [];
  for (;;) {
    const chunk = await withFilter(index, (each) => enqueueChunk(database, each, chunkRows, last));
    if (chunk === undefined) break;
    rows += chunk.rows;
    last = chunk.key;
    options.onProgress?.(rows);
  }
  await database.query(statement("capture/mark-enqueued"), [index.id]);
  return rows;
}

interface Chunk {
  readonly rows: number;
  /** The last key of the chunk. */
  readonly key: Key;
}

/** Queues the keys after `last` (empty: from the first); undefined when there are none. */
async function enqueueChunk(
  database: Database,
  index: IndexRecord,
  limit: number,
  last: Key,
): Promise<Chunk | undefined> {
  const text = chunkStatement(index, last.length > 0);
  try {
    const [chunk] = await readGuarded<Chunk>(database, index, "all", text, [index.id, limit, ...last]);
    return chunk;
  } catch (error) {
    throw sourceError(error, index);
  }
}

function chunkStatement(index: IndexRecord, goesOn: boolean): string {
  const names = sourceKeyNames(index);
  const s = sqlText`s`;
  const c = sqlText`c`;
  const types = keyTypeNames(index);
  const columns = joinSql(
    names.map((name) => sqlText`${s}.${name}`),
    ", ",
  );
  const last = joinSql(
    types.map((type, column) => sqlText`$${column + 3}::text::${type}`),
    ", ",
  );
  return statement("capture/enqueue-chunk", {
    columns,
    key: keyArray(s, names, index.key),
    source: sourceRows(index),
    after: goesOn ? sqlText`where (${columns}) > (${last})` : sqlText``,
    last_first: joinSql(
      names.map((name) => sqlText`${c}.${name} desc`),
      ", ",
    ),
  });
}
