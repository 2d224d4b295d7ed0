import type { Queryable } from "../db/database.ts";
import type { IndexRecord } from "../db/index-record.ts";
import { mayCount, queueStatus } from "../db/capture/queue-status.ts";

/** What an index has not seen of its table. */
export interface Behind {
  /** Changed rows that wait for `sync`. */
  readonly pending: number;
  /** Rows that `sync` has given up. */
  readonly failed: number;
}

/** Rows that an index has not seen: those in the queue, and those that a worker is on. */
export function waitingRows({ pending, leased }: { readonly pending: number; readonly leased: number }): number {
  return pending + leased;
}

/** How far an index is behind its table; nothing for a reader, which may not see that. */
export async function readBehind(database: Queryable, index: IndexRecord): Promise<Behind> {
  if (!(await mayCount(database, index))) return { pending: 0, failed: 0 };
  const status = await queueStatus(database, index);
  return { pending: waitingRows(status), failed: status.failed };
}
