import type { IndexRecord } from "../index-record.ts";
import { entryKeyNames, entryTable, keyArray, sameKey, sourceKeyNames, sourceRows } from "../statement/key.ts";
import { joinSql, sqlText } from "../statement/sql-text.ts";
import { statement } from "../statement/statement.ts";

/** Queues the rows that have no entry and are not queued; its parameter is the index's id. */
export function missingStatement(index: IndexRecord): string {
  const [s, e] = [sqlText`s`, sqlText`e`];
  const names = sourceKeyNames(index);
  return statement("capture/enqueue-missing", {
    key: keyArray(s, names, index.key),
    source: sourceRows(index),
    entry: entryTable(index),
    same_key: sameKey(e, entryKeyNames(index.key), s, names),
    key_columns: joinSql(names.map((name) => sqlText`s.${name}`)),
  });
}

/** Queues the entries whose row is gone; its parameter is the index's id. */
export function orphansStatement(index: IndexRecord): string {
  const e = sqlText`e`;
  const names = entryKeyNames(index.key);
  return statement("capture/enqueue-orphans", {
    key: keyArray(e, names, index.key),
    entry: entryTable(index),
    source: sourceRows(index),
    same_key: sameKey(sqlText`s`, sourceKeyNames(index), e, names),
  });
}
