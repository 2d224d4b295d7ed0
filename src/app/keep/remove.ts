import type { Database } from "../../db/database.ts";
import { dropIndex } from "../../db/indexes/index-store.ts";
import { forgetKept, listKept } from "../../db/indexes/kept.ts";
import type { OwnParts } from "../../db/indexes/own-parts.ts";
import { requireSchema } from "../../db/schema/migrate.ts";

/** Settings of {@link remove}. */
export interface RemoveOptions {
  /**
   * Keeps aliases, negative questions, word weights and thresholds, for the next `add` of this name. Default false:
   * they are deleted.
   */
  keep?: boolean;
}

/** What {@link remove} did, and how much of its own the index had. */
export interface RemoveResult extends OwnParts {
  /** Name of the index. */
  readonly removed: string;
  /** Whether what it had of its own was kept. */
  readonly kept: boolean;
}

/**
 * Removes an index in one transaction: triggers, entries, queue, clusters and classes. The table is left as it was
 * before `add`.
 *
 * Its aliases, negative questions, word weights and thresholds are deleted too, or kept for the next `add` of this
 * name. Called again without `keep`, it deletes what was kept.
 *
 * @throws LtdError "index" when there is none of this name
 * @example
 * const database = await openDatabase();
 * const { aliases } = await remove(database, "faq", { keep: true });
 */
export async function remove(database: Database, name: string, options: RemoveOptions = {}): Promise<RemoveResult> {
  await requireSchema(database);
  const { keep = false } = options;
  const [former] = await listKept(database, name);
  if (former === undefined || keep) return { removed: name, kept: keep, ...(await dropIndex(database, name, keep)) };
  await forgetKept(database, name);
  const { aliases, negatives, weights, thresholds } = former;
  return { removed: name, kept: false, aliases, negatives, weights, thresholds };
}
