import type { IndexRecord } from "../index-record.ts";
import { entryKeyNames, entryTable, sourceTable } from "../statement/key.ts";
import { joinSql, quoteLiteral, sqlText } from "../statement/sql-text.ts";
import { statement } from "../statement/statement.ts";

/**
 * The statement that hides entries from roles that row-level security hides their rows from. Nothing where the source
 * has none.
 */
export function secureEntriesStatement(index: Pick<IndexRecord, "id" | "name" | "schema" | "table" | "key">): string {
  const entry = entryTable(index);
  return statement("entries/secure-entries", {
    source: quoteLiteral(sourceTable(index)),
    entry,
    entry_name: quoteLiteral(entry),
    index: quoteLiteral(index.name),
    key: sqlText`array[${joinSql(entryKeyNames(index.key).map((name) => sqlText`${name}::text`))}]`,
  });
}
