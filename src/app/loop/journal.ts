import type { Database } from "../../db/database.ts";
import { getIndex } from "../../db/indexes/find-index.ts";
import { listCurations, type Curation } from "../../db/loop/curation.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { requireWhole } from "../../range.ts";

/** Lines of the journal of one database; see `journal` of src/app/shards/curate.ts. */
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
