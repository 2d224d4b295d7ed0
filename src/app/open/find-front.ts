import type { Database } from "../../db/database.ts";
import { findFront } from "../../db/indexes/front.ts";
import type { LtdError } from "../../errors.ts";
import type { EmbedderSettings } from "../same-embedder.ts";
import type { Front } from "../shards/front.ts";

/**
 * Opens the front of a name that is declared in a database; undefined: there is none. An index without shards does not
 * load what shards need.
 */
export async function openFront(
  database: Database,
  name: string,
  settings: EmbedderSettings & { connections?: number | undefined },
  onLate?: (shard: string, error: LtdError) => void,
): Promise<Front | undefined> {
  const record = await findFront(database, name);
  if (record === undefined) return undefined;
  const [{ Front }, { declaredFront }] = await Promise.all([
    import("../shards/front.ts"),
    import("../shards/declared.ts"),
  ]);
  const { connections, ...embedder } = settings;
  return Front.open({ ...declaredFront(database, record, connections), ...(onLate && { onLate }) }, embedder);
}
