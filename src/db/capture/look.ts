import type { Database } from "../database.ts";
import type { IndexRecord } from "../index-record.ts";
import { followPartitions } from "./partition.ts";
import { pollSource } from "./poll.ts";

/**
 * Queues what has changed in the source of an index without a trigger seeing it. Cheap where there are triggers.
 *
 * @param pollEveryMs a source without triggers is left alone if anybody has looked since
 */
export async function lookAtSource(database: Database, index: IndexRecord, pollEveryMs = 0): Promise<void> {
  if (index.capture === "row") await followPartitions(database, index);
  if (index.capture === "poll") await pollSource(database, index, pollEveryMs);
}
