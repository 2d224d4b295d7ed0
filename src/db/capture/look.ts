import type { Database, Queryable } from "../database.ts";
import type { IndexRecord } from "../index-record.ts";
import { changeTable, firstKey } from "../statement/key.ts";
import { statement } from "../statement/statement.ts";
import { enqueueEvery } from "./enqueue.ts";
import { followPartitions } from "./partition.ts";
import { pollSource } from "./poll.ts";

/**
 * Queues what has changed in the source of an index without a trigger seeing it. Cheap where there are triggers.
 * @param pollEveryMs a source without triggers is not polled if it was within this time
 */
export async function lookAtSource(database: Database, index: IndexRecord, pollEveryMs = 0): Promise<void> {
  if (await isToLookAtAll(database, index)) {
    // a worker may have read a row as it was before
    await database.query(statement("capture/supersede"), [index.id]);
    await enqueueEvery(database, index);
  }
  if (index.capture === "row") await followPartitions(database, index);
  if (index.capture === "poll") await pollSource(database, index, pollEveryMs);
}

/**
 * Whether no trigger can tell what has changed. A column was replaced, ALTER TABLE rewrote the table, or keys could not
 * be logged.
 */
async function isToLookAtAll(database: Database, index: IndexRecord): Promise<boolean> {
  const log = { change: changeTable(index), first_key: firstKey(index) };
  const [found] = await database.query<{ mustLook: boolean }>(statement("capture/look-at-all", log), [index.id]);
  return found?.mustLook === true;
}

/**
 * Whether the source has changed its shape since its rows were last queued. The next `sync` then queues all of them.
 */
export async function hasAnotherShape(database: Queryable, index: IndexRecord): Promise<boolean> {
  const [shape] = await database.query<{ hasChanged: boolean | null }>(statement("capture/shape-state"), [index.id]);
  return shape?.hasChanged === true;
}
