import type { Database } from "../../db/database.ts";
import { getIndex } from "../../db/indexes/find-index.ts";
import { listCurations, type Curation } from "../../db/loop/curation.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { requireWhole } from "../../range.ts";

/**
 * Lines of the journal of an index, the newest first. `limit`: 1 to 100,000, default 100.
 *
 * @example
 * const database = await openDatabase();
 * for (const { action, questions } of await journal(database, "faq")) console.log(action, questions);
 */
export async function journal(
  database: Database,
  name: string,
  { limit = 100, standing = false }: { limit?: number; standing?: boolean } = {},
): Promise<Curation[]> {
  requireWhole("limit", limit, 1, 100_000);
  await requireSchema(database);
  await getIndex(database, name);
  return listCurations(database, name, { limit, standing });
}
