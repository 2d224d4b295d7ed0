import type { Database } from "../../db/database.ts";
import { findFront, type Fingerprint, type FrontRecord } from "../../db/indexes/front.ts";
import { saveDuplicates } from "../../db/results/duplicate.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import * as one from "../cluster/dedupe.ts";
import {
  compareRows,
  requireDedupeOptions,
  toStore,
  type DedupeOptions,
  type DedupeResult,
} from "../cluster/dedupe.ts";
import { tableRows, type ComparedRows } from "../cluster/dedupe-order.ts";
import { withShards } from "./each.ts";
import { readShardRows, type OnLate, type ShardRows } from "./rows.ts";
import type { Shard } from "./shard.ts";

/**
 * Groups of rows of an index that say nearly the same, with the row of each group that survives. The table stays as it
 * is.
 *
 * Every row of a group is at least as similar to its survivor as the threshold, and no two survivors are; groups do not
 * chain from row to row.
 *
 * Of a front it compares the rows of all shards with each other. A shard that does not answer is named in `partial`;
 * with `save` that is an error.
 *
 * Cost: see `findDuplicates`; the vectors in memory, 205 MB for 100,000 rows of 512 dimensions. Throws LtdError "usage"
 * for settings out of range, "index" when there is no such index.
 *
 * @example
 * const database = await openDatabase();
 * const { groups } = await dedupe(database, "faq");
 * for (const { survivor, duplicates } of groups) console.log(survivor.text, duplicates.length);
 */
export async function dedupe(database: Database, name: string, options: DedupeOptions = {}): Promise<DedupeResult> {
  requireDedupeOptions(options);
  await requireSchema(database);
  const front = await findFront(database, name);
  return front === undefined ? one.dedupe(database, name, options) : dedupeFront(database, front, options);
}

/** Compares the rows of a front that is not open. */
export function dedupeFront(
  database: Database,
  front: FrontRecord,
  options: DedupeOptions,
  onLate?: OnLate,
): Promise<DedupeResult> {
  return withShards(database, front, (shards) => dedupeShards({ ...front, shards, onLate }, options));
}

/** A front whose rows are compared. */
export interface ShardsToCompare {
  readonly name: string;
  readonly shards: readonly Shard[];
  readonly fingerprint: Fingerprint;
  readonly onLate?: OnLate | undefined;
}

/**
 * Compares the rows of all shards, as one index with all rows does.
 *
 * With `save`, each shard keeps the duplicates that are in its own table; their survivors may be on another shard.
 *
 * @throws LtdError of the first shard where none answers, or where one does not and the result is to be saved
 */
export async function dedupeShards(front: ShardsToCompare, options: DedupeOptions): Promise<DedupeResult> {
  const started = performance.now();
  const { save = false, signal } = options;
  requireDedupeOptions(options);
  const read = await readShardRows(front.shards, front.fingerprint, () => ({}));
  const { rows, shards, shardOf, behind, late } = read;
  if (save && late.length > 0) throw late[0]!.error;
  for (const { shard, error } of late) front.onLate?.(shard, error);
  signal?.throwIfAborted();
  const { pairs, ...found } = await compareRows(comparedRows(read), front.fingerprint.model, options);
  for (const [at, { database, record }] of save ? shards.entries() : []) {
    const own = pairs.filter(({ row }) => shardOf[row] === at);
    await database.transaction((tx) => saveDuplicates(tx, record.name, toStore(own, rows.keys)));
  }
  return {
    index: front.name,
    ...found,
    saved: save,
    ...behind,
    seconds: (performance.now() - started) / 1000,
    ...(late.length > 0 && { partial: late.map(({ shard }) => shard) }),
  };
}

/** Rows whose tables are on several servers. */
function comparedRows({ rows, shards, shardOf }: ShardRows): ComparedRows {
  const { keys, vectors } = rows;
  const tables = shards.map(({ database, record }) => tableRows(database, record, keys));
  type Table = (typeof tables)[number];
  const fromAll =
    <T>(read: (table: Table, places: readonly number[]) => Promise<readonly T[]>) =>
    async (places: readonly number[]): Promise<T[]> => {
      const found = new Map<number, T>();
      await Promise.all(
        tables.map(async (table, shard) => {
          const own = places.filter((place) => shardOf[place] === shard);
          for (const [at, value] of (await read(table, own)).entries()) found.set(own[at]!, value);
        }),
      );
      return places.map((place) => found.get(place)!);
    };
  return {
    keys,
    vectors,
    texts: fromAll((table, places) => table.texts(places)),
    filled: fromAll((table, places) => table.filled(places)),
  };
}
