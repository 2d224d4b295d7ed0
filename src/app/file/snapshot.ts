import { inSnapshot } from "../../db/connect/snapshot.ts";
import type { Database, Queryable } from "../../db/database.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import { getIndex } from "../../db/indexes/find-index.ts";
import { guardSource, holdSource } from "../../db/source/guard.ts";
import { requireUnchanged } from "../../db/source/source-error.ts";

/** Runs reads of an index in one snapshot of the database. */
export type Snapshot = <T>(work: (tx: Queryable, index: IndexRecord) => Promise<T>) => Promise<T>;

/** Gives each `work` a snapshot of its own, with the generation that is live in it. */
export function snapshotOf(database: Database, name: string): Snapshot {
  return async (work) => {
    const before = await getIndex(database, name);
    requireUnchanged(before);
    return inSnapshot(database, async (tx) => {
      // first, so that the snapshot is of what is held
      await holdSource(tx, before);
      const index = await getIndex(tx, name);
      requireUnchanged(index);
      await guardSource(tx, index, "all");
      return work(tx, index);
    });
  };
}
