import type { IndexRecord } from "./index-record.ts";
import { entryKeyNames, entryTable, keyArray, sameKey, sourceKeyNames, sourceTable } from "./key.ts";
import { expression, joinSql, quoteIdentifier, quoteName, type SqlText, sqlText } from "./sql-text.ts";
import { entryRows, vectorColumn } from "./vector-column.ts";

/**
 * What `sql/nearest.sql` needs of an index. The statement's `$3`, and the `$4` of `sql/search.sql`, is the JSON that a row must contain.
 *
 * @param contained the parameter of that JSON: `$3`
 * @param where a further condition over the source's columns, in SQL
 */
export function nearestParts(index: IndexRecord, contained: SqlText, where?: SqlText) {
  const [s, e] = [sqlText`s`, sqlText`e`];
  const names = entryKeyNames(index.key);
  const conditions = [
    sqlText`(${contained}::jsonb is null or to_jsonb(r.*) @> ${contained}::jsonb)`,
    ...(index.filter === null ? [] : [expression(index.filter)]),
    ...(where === undefined ? [] : [where]),
  ];
  return {
    key: keyArray(e, names),
    entry_keys: joinSql(names.map((name) => sqlText`${e}.${name}`)),
    entries: entryRows(index),
    source: sourceTable(index),
    // in a select of its own: the names of a condition could mean columns of the entry, too
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

/** What `sql/search.sql` needs of an index. */
export function searchParts(index: IndexRecord, where?: SqlText) {
  return {
    ...nearestParts(index, sqlText`$4`, where),
    id: sqlText`${index.id}`,
    entry: entryTable(index),
    key_names: joinSql(entryKeyNames(index.key)),
  };
}
