import type { Database } from "../../db/database.ts";
import { listIndexes } from "../../db/indexes/find-index.ts";
import { listFronts } from "../../db/indexes/front.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { listFailed, notifyQueue, retryFailed, type FailedKey } from "../../db/capture/queue.ts";
import { onEachShard, withShards } from "../shards/each.ts";

/** A row that was given up. */
export interface FailedRow extends FailedKey {
  index: string;
}

/**
 * Rows that failed too often, of one index or of all, the latest first. At most `limit` for each index, 1 to 1,000,000.
 * Those of a front are named `front/shard`.
 * @example
 * const database = await openDatabase();
 * for (const { key, error } of await failed(database, "faq")) console.log(key, error);
 */
export async function failed(database: Database, name?: string, limit = 1000): Promise<FailedRow[]> {
  const rows = await onNamed(database, name, async (there, index, called) =>
    (await listFailed(there, index, limit)).map((row) => ({ index: called, ...row })),
  );
  return rows.flat();
}

/** What {@link retry} did to one index. */
export interface RetryResult {
  index: string;
  /** Rows that the next `sync` or a running `watch` tries again. */
  retried: number;
}

/**
 * Queues failed rows again with a new series of attempts, of one index or of all.
 * @example
 * const database = await openDatabase();
 * await retry(database, "faq"); // the next sync tries these rows again
 */
export async function retry(database: Database, name?: string): Promise<RetryResult[]> {
  return onNamed(database, name, async (there, index, called) => {
    const retried = await retryFailed(there, index);
    if (retried > 0) await notifyQueue(there, index);
    return { index: called, retried };
  });
}

/**
 * Runs `work` on one index or on all. Those of the shards of a front are called `front/shard`.
 *
 * @throws the error of the first shard that cannot be asked, when all others are done
 */
async function onNamed<T>(
  database: Database,
  name: string | undefined,
  work: (database: Database, index: IndexRecord, called: string) => Promise<T>,
): Promise<T[]> {
  await requireSchema(database);
  const fronts = (await listFronts(database)).filter((front) => name === undefined || front.name === name);
  const results: T[] = [];
  if (name === undefined || fronts.length === 0)
    for (const index of await listIndexes(database, name === undefined ? [] : [name]))
      results.push(await work(database, index, index.name));
  for (const front of fronts) {
    const outcomes = await withShards(database, front, (shards) =>
      onEachShard(shards, (there, index, shard) => work(there, index, `${front.name}/${shard.name}`)),
    );
    for (const outcome of outcomes) {
      if (outcome.error) throw outcome.error;
      results.push(outcome.value);
    }
  }
  return results;
}
