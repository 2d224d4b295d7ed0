import type { Database } from "../db/database.ts";
import { hasVectors } from "../db/entries/entry-status.ts";
import type { IndexRecord } from "../db/index-record.ts";
import { LtdError } from "../errors.ts";
import { readBehind } from "./behind.ts";
import type { IndexStatus } from "./status.ts";
import { whyStale } from "./thresholds.ts";

/**
 * What a caller of an index should know. The counts of {@link statusOf}, which read all entries, are left out.
 * @throws LtdError "index" where there is nothing to find
 */
export async function askable(
  database: Database,
  index: IndexRecord,
): Promise<Pick<IndexStatus, "pending" | "staleThresholds">> {
  const { pending } = await readBehind(database, index);
  if (!(await hasVectors(database, index))) throw noVectors(index, pending);
  return { pending, staleThresholds: whyStale(index) };
}

/** The error of a verb that needs vectors if there are none; `waiting`: rows in the queue. */
export function noVectors(index: Pick<IndexRecord, "name">, waiting: number): LtdError {
  return new LtdError("index", `the index "${index.name}" has no vectors${waiting > 0 ? " yet" : ""}`, {
    hint:
      waiting > 0
        ? `embed its rows first: ltd-index sync ${index.name}`
        : "its table has no rows, or none of them has a letter or digit in its text",
  });
}
