import { LtdError } from "../../errors.ts";
import type { Database } from "../database.ts";
import { missingStatement, orphansStatement } from "./reconcile.ts";
import type { IndexRecord } from "../index-record.ts";
import { keyArray, sourceKeyNames, sourceRows } from "../statement/key.ts";
import { guardSource } from "../source/guard.ts";
import { withFilter } from "../source/filter.ts";
import { sourceError } from "../source/source-error.ts";
import type { Source } from "../source/source.ts";
import { quoteIdentifier, sqlText } from "../statement/sql-text.ts";
import { statement } from "../statement/statement.ts";

/** Throws LtdError("source") when a column cannot say when a row was changed. */
export function requireTime(source: Source, column: string): void {
  const type = source.columns.find(({ name }) => name === column)?.type ?? "";
  if (/^timestamp(\(\d\))? with(out)? time zone$/.test(type)) return;
  throw new LtdError("source", `the column ${column} of ${source.schema}.${source.table} has the type ${type}`, {
    hint: "--updated-at names a column of the type timestamptz (or timestamp) that every change of a row sets",
  });
}

/**
 * Polls a source without triggers and queues what differs. That is rows changed since the last look, rows without an
 * entry, and entries whose row is gone. Returns how many had no entry.
 *
 * All keys are compared each time, as nothing else reveals a deleted row: some seconds for a million. A change that a
 * transaction commits late, under an earlier time, is seen: as long as the transaction can be seen in pg_stat_activity,
 * or took less than 10 minutes.
 * @param atMostEveryMs does nothing, and returns 0, if it was polled within this time
 */
export function pollSource(database: Database, index: IndexRecord, atMostEveryMs = 0): Promise<number> {
  return withFilter(index, (each) => poll(database, each, atMostEveryMs));
}

async function poll(database: Database, index: IndexRecord, atMostEveryMs: number): Promise<number> {
  const updatedAt = index.updatedAtColumn;
  if (updatedAt === null) throw new Error(`${index.name} is not polled`);
  try {
    return await database.transaction(async (tx) => {
      await tx.query("set transaction isolation level read committed");
      await guardSource(tx, index, "all");
      await tx.query("set local datestyle = 'ISO, YMD'");
      const [held] = await tx.query<{ watermark: string | null; horizon: string }>(statement("capture/lock-poll"), [
        index.id,
        atMostEveryMs,
      ]);
      if (held === undefined) return 0;
      const changed = statement("capture/enqueue-updated", {
        key: keyArray(sqlText`s`, sourceKeyNames(index), index.key),
        source: sourceRows(index),
        updated_at: quoteIdentifier(updatedAt),
      });
      const [seen] = await tx.query<{ watermark: string | null }>(changed, [index.id, held.watermark, held.horizon]);
      const [added] = await tx.query<{ rows: number }>(missingStatement(index), [index.id]);
      await tx.query(orphansStatement(index), [index.id]);
      await tx.query(statement("capture/end-poll"), [index.id, seen?.watermark ?? null]);
      return added?.rows ?? 0;
    });
  } catch (error) {
    throw sourceError(error, index);
  }
}
