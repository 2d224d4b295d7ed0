import type { Database } from "../../db/database.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import { getIndex } from "../../db/indexes/find-index.ts";
import { findFront } from "../../db/indexes/front.ts";
import { allOf, onEachShard, withShards } from "../shards/each.ts";

/**
 * Runs `work` on the index of a name, or on the index of each shard of the front of that name.
 *
 * @throws the error of the first shard that cannot be asked, when all others are done
 */
export async function onEveryIndex<T>(
  database: Database,
  name: string,
  work: (database: Database, index: IndexRecord) => Promise<T>,
): Promise<T[]> {
  const front = await findFront(database, name);
  if (front === undefined) return [await work(database, await getIndex(database, name))];
  return allOf(await withShards(database, front, (shards) => onEachShard(shards, work)));
}
