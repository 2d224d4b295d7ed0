import type { Queryable } from "../database.ts";
import type { IndexRecord, Key } from "../index-record.ts";
import {
  isWanted,
  keyArray,
  keyId,
  keyParameters,
  sourceKeyNames,
  sourceRows,
  wantedNames,
  wantedTable,
} from "../statement/key.ts";
import { statement } from "../statement/statement.ts";
import { readGuarded } from "./guard.ts";
import { sourceError } from "./source-error.ts";
import { sqlText } from "../statement/sql-text.ts";
import { valueArray } from "./values.ts";

/** The mapped columns of a row of a source table. */
export interface SourceRow {
  /** As it was asked for. */
  readonly key: Key;
  /** As the row has it: equal, but it can be another text (1.0 and 1.00). */
  readonly rowKey: Key;
  /** As text, in the order of `index.columns`. */
  readonly values: readonly (string | null)[];
}

/**
 * Reads the mapped columns of these rows as they are now, in any order. Rows that are gone, or do not pass the filter,
 * are left out.
 *
 * @param which `all` where a row that is not found is taken for gone: it then fails if row-level security could hide
 *   one
 *
 * Throws LtdError("source") when the table or a column is gone.
 */
export async function readSource(
  database: Queryable,
  index: IndexRecord,
  keys: readonly Key[],
  which: "all" | "visible" = "visible",
): Promise<SourceRow[]> {
  const s = sqlText`s`;
  const own = {
    row_key: keyArray(s, sourceKeyNames(index), index.key),
    values: valueArray(index, s),
  };
  return readWanted<SourceRow>(
    database,
    index,
    keys,
    which,
    statement("source/read-rows", { ...wantedRows(index), ...own }),
  );
}

/**
 * Counts the filled columns of the table for each of these rows, by `keyId`. Filled is neither null nor an empty text;
 * columns that are not mapped count too.
 *
 * Throws LtdError("source") when the table is gone.
 */
export async function countFilled(
  database: Queryable,
  index: IndexRecord,
  keys: readonly Key[],
): Promise<Map<string, number>> {
  const all = { ...index, filter: null };
  const text = statement("source/count-filled", wantedRows(all));
  const rows = await readWanted<{ key: Key; filled: number }>(database, all, keys, "visible", text);
  return new Map(rows.map((row) => [keyId(row.key), row.filled]));
}

/** The parts of a statement that reads the rows `s` of some keys. */
function wantedRows(index: IndexRecord) {
  return {
    key: keyArray(sqlText`wanted`, wantedNames(index), index.key),
    wanted: wantedTable(index),
    source: sourceRows(index),
    same_key: isWanted(index, sqlText`s`, sourceKeyNames(index)),
  };
}

async function readWanted<Row extends object>(
  database: Queryable,
  index: IndexRecord,
  keys: readonly Key[],
  which: "all" | "visible",
  text: string,
): Promise<Row[]> {
  if (keys.length === 0) return [];
  try {
    return await readGuarded<Row>(database, index, which, text, keyParameters(index, keys));
  } catch (error) {
    throw sourceError(error, index);
  }
}
