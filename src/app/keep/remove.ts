import type { Database } from "../../db/database.ts";
import { dropIndex } from "../../db/indexes/index-store.ts";
import { requireSchema } from "../../db/schema/migrate.ts";

/**
 * Takes an index away again, in one transaction: triggers, entries, queue. The table is left as it was before `add`.
 *
 * @throws LtdError "index" when there is none of this name
 */
export async function remove(database: Database, name: string): Promise<void> {
  await requireSchema(database);
  await dropIndex(database, name);
}
