import type { Database } from "../database.ts";
import type { IndexRecord } from "../index-record.ts";
import { changeTable, firstKey, loggedKeys } from "../statement/key.ts";
import { orphansStatement } from "./reconcile.ts";
import { guardSource } from "../source/guard.ts";
import { withFilter } from "../source/filter.ts";
import { sourceError } from "../source/source-error.ts";
import { sqlText } from "../statement/sql-text.ts";
import { statement } from "../statement/statement.ts";

/** Rows of the log that are moved at a time; each holds up to 10,000 keys, and mostly one. */
const FOLD_ROWS = 500;

/**
 * Moves what writers have logged to the queue, up to 500 statements; true when there may be more.
 *
 * Blocks only briefly, on other workers. Uncommitted changes are picked up next time.
 */
export async function fold(database: Database, index: IndexRecord): Promise<boolean> {
  const [folded] = await database.query<{ taken: number; truncated: boolean }>(
    statement("capture/fold", {
      change: changeTable(index),
      first_key: firstKey(index),
      ...loggedKeys(index, sqlText`t`),
    }),
    [index.id, FOLD_ROWS],
  );
  if (folded?.truncated) await withFilter(index, (each) => foldTruncate(database, each));
  return folded?.taken === FOLD_ROWS;
}

async function foldTruncate(database: Database, index: IndexRecord): Promise<void> {
  const first = firstKey(index);
  try {
    await database.transaction(async (tx) => {
      // the last statement must see what the workers have written that the second one waits for
      await tx.query("set transaction isolation level read committed");
      await guardSource(tx, index, "all");
      await tx.query(statement("capture/forget-truncate", { change: changeTable(index), first_key: first }));
      await tx.query(statement("capture/supersede"), [index.id]);
      await tx.query(orphansStatement(index), [index.id]);
    });
  } catch (error) {
    throw sourceError(error, index);
  }
}
