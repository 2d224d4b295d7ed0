import type { Database } from "../../db/database.ts";
import type { DroppedWith } from "../../db/indexes/dropped-with.ts";
import { dropIndex } from "../../db/indexes/index-store.ts";
import { requireSchema } from "../../db/schema/migrate.ts";

/** What {@link remove} did. */
export interface RemoveResult extends DroppedWith {
  /** Name of the index. */
  readonly removed: string;
}

/**
 * Removes an index in one transaction: triggers, entries, queue, and what it had of its own: aliases, word weights, thresholds. The table is
 * left as it was before `add`.
 *
 * @throws LtdError "index" when there is none of this name
 */
export async function remove(database: Database, name: string): Promise<RemoveResult> {
  await requireSchema(database);
  return { removed: name, ...(await dropIndex(database, name)) };
}
