import type { Database, Queryable } from "../database.ts";
import { sqlState } from "../failure.ts";

/** The error when shared memory is too small for several processes. Docker gives a container 64 MB. */
const NO_SHARED_MEMORY = "53100";

/** Lets the index builds of this transaction use one process only. */
export async function buildAlone(tx: Queryable): Promise<void> {
  await tx.query("set local max_parallel_maintenance_workers = 0");
}

/**
 * Runs `build` in a transaction, and again with one process if shared memory is too small for several.
 *
 * HNSW indexes are built by several processes from pgvector 0.6 on, GIN indexes from PostgreSQL 18 on.
 */
export async function inParallelOrAlone<T>(database: Database, build: (tx: Queryable) => Promise<T>): Promise<T> {
  try {
    return await database.transaction(build);
  } catch (error) {
    if (sqlState(error) !== NO_SHARED_MEMORY) throw error;
    return database.transaction(async (tx) => {
      await buildAlone(tx);
      return build(tx);
    });
  }
}
