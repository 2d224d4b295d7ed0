import type { Queryable } from "../database.ts";
import type { IndexRecord } from "../index-record.ts";
import { changeTable, firstKey, loggedKeys } from "../statement/key.ts";
import { sqlText } from "../statement/sql-text.ts";
import { statement } from "../statement/statement.ts";

/** Exact counts of an index's queue; a key is in one of `pending`, `leased`, `failed`. */
export interface QueueStatus {
  /** Waiting, due now or after a pause. */
  readonly pending: number;
  /** Claimed by a worker whose lease has not ended. */
  readonly leased: number;
  /** Given up after the last attempt. */
  readonly failed: number;
  /** For how long the oldest key has been pending or leased; null when there is none. */
  readonly oldestSeconds: number | null;
  /** Of the key that failed and was queued last; null when none has failed. */
  readonly lastError: string | null;
}

/** Whether the role may read the queue and the log of an index: readers may not. */
export async function mayCount(database: Queryable, index: IndexRecord): Promise<boolean> {
  const [row] = await database.query<{ may: boolean }>(statement("capture/may-count"), [changeTable(index)]);
  return row?.may === true;
}

/** Exact counts; reads all that is queued and logged for the index. */
export async function queueStatus(database: Queryable, index: IndexRecord): Promise<QueueStatus> {
  const log = { change: changeTable(index), first_key: firstKey(index), ...loggedKeys(index, sqlText`c`) };
  const [status] = await database.query<QueueStatus>(statement("capture/queue-status", log), [index.id]);
  return status ?? { pending: 0, leased: 0, failed: 0, oldestSeconds: null, lastError: null };
}
