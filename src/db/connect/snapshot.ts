import type { Database, Queryable } from "../database.ts";

/** Runs work that only reads, all of it as of one moment. */
export function inSnapshot<T>(database: Database, work: (tx: Queryable) => Promise<T>): Promise<T> {
  return database.transaction(async (tx) => {
    await tx.query("set transaction isolation level repeatable read, read only");
    return work(tx);
  });
}
