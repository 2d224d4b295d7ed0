import { READ_LENGTH } from "../../text/cut-text.ts";
import type { IndexRecord } from "../index-record.ts";
import { sourceTable } from "../statement/key.ts";
import { joinSql, quoteIdentifier, quoteLiteral, type SqlText, sqlText } from "../statement/sql-text.ts";

/**
 * The mapped columns of a row `alias` as an array of text, in the order of `index.columns`. The template is rendered
 * from it, wherever a text is embedded, compared or shown. Of a long text the beginning that is read: Postgres does not
 * even decompress the rest.
 *
 * @param readLength characters of each column
 */
export function valueArray(
  index: Pick<IndexRecord, "columns">,
  alias: SqlText,
  readLength: number = READ_LENGTH,
): SqlText {
  const values = index.columns.map((column) => sqlText`left(${alias}.${quoteIdentifier(column)}::text, ${readLength})`);
  return sqlText`array[${joinSql(values)}]`;
}

/**
 * A row as JSON whose `bigint` and `numeric` values are strings, so that JavaScript reads every digit. Most tables have
 * none: a condition costs less than a call for each row.
 */
export function exactRow(index: Pick<IndexRecord, "schema" | "table">, row: SqlText): SqlText {
  const columns = sqlText`(select ${exactColumns(index)})`;
  return sqlText`case when ${columns} = '{}' then ${row} else ltd.exact_row(${row}, ${columns}) end`;
}

/** The columns of a table as it is now, each null: read in place of a row whose values no caller uses. */
export function emptyRow(index: Pick<IndexRecord, "schema" | "table">): SqlText {
  return sqlText`(select jsonb_object_agg(a.attname, null) from pg_attribute a
    where a.attrelid = ${quoteLiteral(sourceTable(index))}::regclass and a.attnum > 0 and not a.attisdropped)`;
}

/** The names of these columns, as the table is now. */
export function exactColumns(index: Pick<IndexRecord, "schema" | "table">): SqlText {
  return sqlText`ltd.exact_columns(${quoteLiteral(sourceTable(index))}::regclass)`;
}
