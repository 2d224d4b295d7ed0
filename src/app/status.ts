import type { Database } from "../db/database.ts";
import { entryStatus } from "../db/entries/entry-status.ts";
import type { IndexRecord } from "../db/index-record.ts";
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
  /** Whether they are stored as `halfvec`, two bytes a number. */
  halfvec: boolean;
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
  /** How the thresholds came about, in a sentence; null: the model's, never checked. */
  calibration: string | null;
  /** Why the thresholds that were calibrated are no longer right, in a sentence. Null where nothing is wrong. */
  staleThresholds: string | null;
  /** Why changes of the table are not seen, one sentence each; empty where all is well. */
  problems: readonly string[];
  /** Of a front: what each of its shards holds. The counts above are the sums. */
  shards?: readonly ShardStatus[];
}

/** The state of one shard of a front. */
export interface ShardStatus {
  shard: string;
  /** Null where the shard cannot be asked. */
  status: IndexStatus | null;
  /** Why it cannot be asked; null where it can. */
  error: string | null;
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
      halfvec: index.halfVectors,
      ...(await entryStatus(tx, index)),
      ...(await queueStatus(tx, index)),
      vectorIndex: await vectorIndexState(tx, index),
      calibration: describeCalibration(index),
      staleThresholds: whyStale(index),
      problems: await problemsOf(tx, index),
    };
  });
}
