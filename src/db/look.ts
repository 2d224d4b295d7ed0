import type { Database } from "./database.ts";
import type { IndexRecord } from "./index-record.ts";
import { followPartitions } from "./partition.ts";

/** Queues what has changed in the source of an index without a trigger seeing it. Cheap where triggers see everything. */
export async function lookAtSource(database: Database, index: IndexRecord): Promise<void> {
  if (index.capture === "row") await followPartitions(database, index);
}
