import { inSnapshot } from "../../db/connect/snapshot.ts";
import type { Database, Queryable } from "../../db/database.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import { getIndex } from "../../db/indexes/index-store.ts";
import { requireSource } from "../../db/source/source-error.ts";

/** Runs reads of an index in one snapshot of the database. */
export type Snapshot = <T>(work: (tx: Queryable, index: IndexRecord) => Promise<T>) => Promise<T>;

/** Gives each `work` a snapshot of its own, with the generation that is live in it. */
export function snapshotOf(database: Database, name: string): Snapshot {
  return (work) =>
    inSnapshot(database, async (tx) => {
      const index = await getIndex(tx, name);
      requireSource(index);
      return work(tx, index);
    });
}
