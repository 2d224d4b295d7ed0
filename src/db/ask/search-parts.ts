import type { IndexRecord } from "../index-record.ts";
import {
  entryKeyNames,
  entryTable,
  keyArray,
  keyTypeNames,
  sameKey,
  sourceKeyNames,
  sourceTable,
} from "../statement/key.ts";
import { emptyRow, exactColumns, exactRow, valueArray } from "../source/values.ts";
import { joinSql, quoteIdentifier, quoteName, type SqlText, sqlText } from "../statement/sql-text.ts";
import { entryRows, vectorColumn } from "../entries/vector-column.ts";

/** How much of a row is read. */
export interface RowParts {
  /**
   * Whether `row` is read. Default true; false: it has the names of the columns alone, each null, and long values that
   * the template does not read cost nothing.
   */
  withRows?: boolean;
  /** Characters that are read of each column of the template. Default: all that an index reads. */
  readLength?: number;
}

/**
 * What the statements that look for rows need of an index.
 *
 * @param contained the parameter that has the JSON which a row must contain: `$3`; null: any row will do
 * @param where a further condition over the source's columns, in SQL
 */
function commonParts(index: IndexRecord, contained: SqlText | null, where?: SqlText) {
  const [s, e] = [sqlText`s`, sqlText`e`];
  const names = entryKeyNames(index.key);
  const conditions = [
    sqlText`true`,
    ...(contained === null
      ? []
      : [
          sqlText`(${contained}::jsonb is null or to_jsonb(r.*) @> (select ltd.exact_filter(${contained}::jsonb, ${exactColumns(index)})))`,
        ]),
    ...(where === undefined ? [] : [where]),
  ];
  return {
    key: keyArray(e, names, index.key),
    entries: entryRows(index),
    source: sourceTable(index),
    row: exactRow(index, sqlText`to_jsonb(s.*)`),
    values: valueArray(index, s),
    // Which rows are indexed the entries say: the filter of the index could fail for one of its rows. In a select of
    // its own, as the names of a condition could mean columns of the entry, too.
    rows: sqlText`(select * from ${sourceTable(index)} r where ${joinSql(conditions, " and ")})`,
    same_key: sameKey(s, sourceKeyNames(index), e, names),
    vector: quoteName(index.vectorSchema, "vector"),
    operator: sqlText`operator(${quoteIdentifier(index.vectorSchema)}.<=>)`,
    // a column has the vectors of whatever generation is live: the same snapshot must say that it is this one
    is_live:
      vectorColumn(index) === null
        ? sqlText`true`
        : sqlText`(select i.state from ltd.index i where i.id = ${index.id}) = 'live'`,
  };
}

/** What `sql/ask/match-alias.sql` needs of an index. */
export function aliasParts(index: IndexRecord, where: SqlText | undefined, read: RowParts) {
  const { source: _, ...parts } = commonParts(index, sqlText`$3`, where);
  return {
    ...parts,
    ...readParts(index, read),
    alias_key: joinSql(
      keyTypeNames(index).map((type, at) => sqlText`e.${entryKeyNames(index.key)[at]!} = (a.key[${at + 1}])::${type}`),
      " and ",
    ),
  };
}

/**
 * What `sql/ask/nearest.sql` needs of an index. The number of rows, and whether there is a filter, are in the words of
 * the statement: so a plan that Postgres keeps for all questions is as good as one made for each.
 */
export function nearestParts(
  index: IndexRecord,
  k: number,
  { where, contained }: { where?: SqlText | undefined; contained: SqlText | null },
  read: RowParts,
) {
  return { ...foundParts(index, contained, where), ...readParts(index, read), k: sqlText`${k}` };
}

function foundParts(index: IndexRecord, contained: SqlText | null, where?: SqlText) {
  return {
    id: sqlText`${index.id}`,
    ...commonParts(index, contained, where),
    entry_keys: joinSql(entryKeyNames(index.key).map((name) => sqlText`e.${name}`)),
  };
}

function readParts(index: IndexRecord, { withRows = true, readLength }: RowParts) {
  return {
    ...(!withRows && { row: emptyRow(index) }),
    ...(readLength !== undefined && { values: valueArray(index, sqlText`s`, readLength) }),
  };
}

/** What `sql/ask/search.sql` needs of an index; `sql/ask/search-shard.sql` has another `contained`. */
export function searchParts(index: IndexRecord, where?: SqlText, contained = sqlText`$4`) {
  return {
    ...foundParts(index, contained, where),
    entry: entryTable(index),
    key_names: joinSql(entryKeyNames(index.key)),
  };
}
