import type { Database, Queryable } from "../database.ts";
import { orphansStatement } from "./reconcile.ts";
import type { IndexRecord } from "../index-record.ts";
import { keyArray, sourceKeyNames, sourceTable } from "../statement/key.ts";
import { guardSource } from "../source/guard.ts";
import { withFilter } from "../source/filter.ts";
import { sourceError } from "../source/source-error.ts";
import { quoteLiteral, type SqlText, sqlText } from "../statement/sql-text.ts";
import { statement } from "../statement/statement.ts";

type Partitioned = Pick<IndexRecord, "id" | "schema" | "table">;

/** Remembers the partitions as they are. Run it in the transaction that makes the triggers. */
export function rememberStatement(index: Partitioned): string {
  return statement("capture/remember-partitions", { ...partsOf(index), id: sqlText`${index.id}` });
}

/**
 * Queues what happened to whole partitions since the last look, as that fires no trigger. Rows of partitions that were
 * attached or truncated, and entries whose row has gone with a partition.
 *
 * Throws LtdError("source") when the table is gone.
 */
export function followPartitions(database: Database, index: IndexRecord): Promise<void> {
  return withFilter(index, (each) => follow(database, each));
}

async function follow(database: Database, index: IndexRecord): Promise<void> {
  try {
    // the common case needs no lock that lasts
    if ((await changedPartitions(database, index)).length === 0) return;
    await database.transaction(async (tx) => {
      await tx.query("set transaction isolation level read committed");
      await guardSource(tx, index, "all");
      const changed = await changedPartitions(tx, index);
      if (changed.length === 0) return;
      await tx.query(rememberStatement(index));
      await tx.query(statement("capture/supersede"), [index.id]);
      await tx.query(orphansStatement(index), [index.id]);
      // a partition can have policies of its own
      await tx.query("set local row_security = off");
      for (const partition of changed) {
        if (partition === null) continue;
        const key = keyArray(sqlText`s`, sourceKeyNames(index), index.key);
        await tx.query(statement("capture/enqueue-partition", { key, partition }), [index.id]);
      }
    });
  } catch (error) {
    throw sourceError(error, index);
  }
}

async function changedPartitions(queryable: Queryable, index: Partitioned): Promise<(SqlText | null)[]> {
  const rows = await queryable.query<{ partition: SqlText | null }>(
    statement("capture/changed-partitions", partsOf(index)),
    [index.id],
  );
  return rows.map(({ partition }) => partition);
}

function partsOf(index: Partitioned): { source: SqlText; trigger: SqlText } {
  return { source: quoteLiteral(sourceTable(index)), trigger: quoteLiteral(`ltd_${index.id}_row`) };
}
