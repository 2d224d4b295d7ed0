import type { Database } from "../db/database.ts";
import { entryStatus } from "../db/entries/entry-status.ts";
import { listIndexes } from "../db/indexes/find-index.ts";
import type { IndexRecord } from "../db/index-record.ts";
import { requireSchema } from "../db/schema/migrate.ts";
import { queueStatus } from "../db/capture/queue-status.ts";
import { inSnapshot } from "../db/connect/snapshot.ts";
import { vectorIndexState } from "../db/entries/vector-index.ts";
import { problemsOf } from "./capture-problems.ts";
import { describeCalibration, whyStale } from "./thresholds.ts";

/** The state of one index, counted exactly. */
export interface IndexStatus {
  index: string;
  table: string;
  /** False when the table was dropped. */
  sourceExists: boolean;
  template: string;
  model: string;
  /** Column of the table that has the vectors; null: they lie beside the table. */
  column: string | null;
  /** Rows with an entry. */
  entries: number;
  /** Entries with a vector. */
  indexed: number;
  /** Entries whose text has no letter or digit. */
  empty: number;
  /** Entries whose text was longer than the model reads. */
  truncated: number;
  /** Rows that wait for `sync`. */
  pending: number;
  /** Rows that a worker is on. */
  leased: number;
  /** Rows given up after too many attempts. */
  failed: number;
  /** Age of the oldest waiting row in seconds; null when none waits. */
  oldestSeconds: number | null;
  /** What the failed row said that was queued last; null when none has failed. */
  lastError: string | null;
  vectorIndex: "missing" | "valid" | "invalid";
  /** How the thresholds came about, in a sentence; null: the model's, never looked at. */
  calibration: string | null;
  /** Why the thresholds that were calibrated are no longer right, in a sentence. Null where nothing is wrong. */
  staleThresholds: string | null;
  /** Why changes of the table are not seen, one sentence each; empty where all is well. */
  problems: readonly string[];
}

/**
 * Counts one index, or all of them. Throws LtdError "index" when `name` is not one.
 *
 * @example
 * const database = await openDatabase();
 * for (const { index, entries, pending } of await status(database)) console.log(index, entries, pending);
 */
export async function status(database: Database, name?: string): Promise<IndexStatus[]> {
  await requireSchema(database);
  const found: IndexStatus[] = [];
  for (const index of await listIndexes(database, name === undefined ? [] : [name]))
    found.push(await statusOf(database, index));
  return found;
}

/** Counts one index, as of one snapshot. */
export async function statusOf(database: Database, index: IndexRecord): Promise<IndexStatus> {
  return inSnapshot(database, async (tx) => {
    return {
      index: index.name,
      table: `${index.schema}.${index.table}`,
      sourceExists: index.sourceExists,
      template: index.template,
      model: index.modelId,
      column: index.vectorColumn,
      ...(await entryStatus(tx, index)),
      ...(await queueStatus(tx, index)),
      vectorIndex: await vectorIndexState(tx, index),
      calibration: describeCalibration(index),
      staleThresholds: whyStale(index),
      problems: await problemsOf(tx, index),
    };
  });
}
