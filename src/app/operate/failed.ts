import type { Database } from "../../db/database.ts";
import { listIndexes } from "../../db/indexes/find-index.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { listFailed, notifyQueue, retryFailed, type FailedKey } from "../../db/capture/queue.ts";

/** A row that was given up. */
export interface FailedRow extends FailedKey {
  index: string;
}

/**
 * Rows that failed too often, of one index or of all, the latest first. At most `limit` for each index, 1 to 1,000,000.
 * @example
 * const database = await openDatabase();
 * for (const { key, error } of await failed(database, "faq")) console.log(key, error);
 */
export async function failed(database: Database, name?: string, limit = 1000): Promise<FailedRow[]> {
  const rows: FailedRow[] = [];
  for (const index of await named(database, name)) {
    for (const row of await listFailed(database, index, limit)) rows.push({ index: index.name, ...row });
  }
  return rows;
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
  const results: RetryResult[] = [];
  for (const index of await named(database, name)) {
    const retried = await retryFailed(database, index);
    if (retried > 0) await notifyQueue(database, index);
    results.push({ index: index.name, retried });
  }
  return results;
}

async function named(database: Database, name: string | undefined): Promise<IndexRecord[]> {
  await requireSchema(database);
  return listIndexes(database, name === undefined ? [] : [name]);
}
