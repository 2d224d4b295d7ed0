import type { Queryable } from "../database.ts";
import type { IndexRecord, Key } from "../index-record.ts";
import {
  changeTable,
  entryKeyNames,
  firstKey,
  keyArray,
  loggedKeys,
  sameKey,
  sourceKeyNames,
  sourceRows,
} from "../statement/key.ts";
import { guardSource, holdSource } from "../source/guard.ts";
import { sourceError } from "../source/source-error.ts";
import { valueArray } from "../source/values.ts";
import { joinSql, quoteIdentifier, sqlText } from "../statement/sql-text.ts";
import { statement } from "../statement/statement.ts";
import { entryRows } from "./vector-column.ts";

/** A key of the source table, of the entries, or of both, that is in no queue. */
export interface ComparedRow {
  readonly key: Key;
  readonly inSource: boolean;
  readonly inEntries: boolean;
  /** The mapped columns as text, in the order of `index.columns`; null where the row is gone. */
  readonly values: readonly (string | null)[] | null;
  /** Null where there is no entry. */
  readonly contentHash: Uint8Array | null;
  /** Of the entry's vector; null if there is none. */
  readonly dims: number | null;
}

/** Rows that are read at once. */
const FETCH_ROWS = 2_000;

/**
 * Source and entries side by side, in one pass and in no order, some thousand rows in memory. Run it in one transaction
 * with isolation level repeatable read: then nothing moves during the read. Throws LtdError("source") when the table or
 * a column is gone.
 */
export async function* compareWithSource(tx: Queryable, index: IndexRecord): AsyncGenerator<readonly ComparedRow[]> {
  const [s, e] = [sqlText`s`, sqlText`e`];
  const sourceNames = sourceKeyNames(index);
  const entryNames = entryKeyNames(index.key);
  try {
    await holdSource(tx, index);
    await guardSource(tx, index, "all");
    // a cursor is planned for its first rows; this one is read to its end
    await tx.query("set local cursor_tuple_fraction = 1");
    await tx.query(
      statement("entries/open-comparison", {
        source_key: keyArray(s, sourceNames, index.key),
        entry_key: keyArray(e, entryNames, index.key),
        key_columns: joinSql(
          sourceNames.map((name) => sqlText`s.${name}`),
          ", ",
        ),
        key_names: joinSql(entryNames, ", "),
        values: valueArray(index, s),
        source: sourceRows(index),
        entry: entryRows(index),
        vector_schema: quoteIdentifier(index.vectorSchema),
        same_key: sameKey(s, sourceNames, e, entryNames),
        id: sqlText`${index.id}`,
        change: changeTable(index),
        first_key: firstKey(index),
        ...loggedKeys(index, sqlText`c`),
      }),
    );
    for (;;) {
      const rows = await tx.query<ComparedRow>(`fetch ${FETCH_ROWS} from ltd_comparison`);
      if (rows.length > 0) yield rows;
      if (rows.length < FETCH_ROWS) break;
    }
    await tx.query("close ltd_comparison");
  } catch (error) {
    throw sourceError(error, index);
  }
}
