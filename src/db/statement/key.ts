import type { IndexRecord, Key, KeyColumn, KeyType } from "../index-record.ts";
import { expression, joinSql, quoteIdentifier, quoteName, type SqlText, sqlText } from "./sql-text.ts";

/** Key types whose text depends on settings of the session. */
export const SESSION_TYPES: readonly KeyType[] = [
  "timestamp with time zone",
  "timestamp without time zone",
  "date",
  "interval",
  "real",
  "double precision",
  "bytea",
];

/** Key types that are written in binary. */
export const BINARY_TYPES: ReadonlySet<KeyType> = new Set(["smallint", "integer", "bigint", "uuid", "text"]);

/** Whether a key's text depends on settings of the session. These must then be {@link KEY_SETTINGS}. */
export function dependsOnSession(key: readonly Pick<KeyColumn, "type">[]): boolean {
  return key.some(({ type }) => SESSION_TYPES.includes(type));
}

/** Clauses of a function that give it the settings of `ltd.key_text`. */
export const KEY_SETTINGS: SqlText = sqlText`set timezone = 'UTC' set datestyle = 'ISO, MDY' set intervalstyle = 'postgres' set extra_float_digits = '1' set bytea_output = 'hex'`;

/** A string that is equal for equal keys only: for Maps. It is the key as a Postgres array literal: `{"17"}`. */
export function keyId(key: Key): string {
  return `{${key.map((part) => `"${part.replaceAll(/["\\]/g, "\\$&")}"`).join(",")}}`;
}

/** The keys column by column, as `unnest` takes them. */
export function keyParameters(index: IndexRecord, keys: readonly Key[]): string[][] {
  return index.key.map((_, column) =>
    keys.map((key) => {
      const part = key[column];
      if (part === undefined || key.length !== index.key.length) {
        throw new RangeError(`a key of ${index.name} has ${index.key.length} parts, not ${key.length}`);
      }
      return part;
    }),
  );
}

/** The type of the vectors of an index, without dimensions. Postgres turns a `vector` into a `halfvec` by itself. */
export function vectorType(index: Pick<IndexRecord, "vectorSchema" | "halfVectors">): SqlText {
  return quoteName(index.vectorSchema, index.halfVectors ? "halfvec" : "vector");
}

/** The entries of one generation: `ltd."entry_17"`. */
export function entryTable(index: Pick<IndexRecord, "id">): SqlText {
  return quoteName("ltd", `entry_${index.id}`);
}

/** The entries of the live generation, for people who write SQL: `ltd."entry_faq"`. */
export function entryView(index: Pick<IndexRecord, "name">): SqlText {
  return quoteName("ltd", `entry_${index.name}`);
}

/** Where writers log the keys that they change: `ltd."change_17"`. */
export function changeTable(index: Pick<IndexRecord, "id">): SqlText {
  return quoteName("ltd", `change_${index.id}`);
}

export function sourceTable(index: Pick<IndexRecord, "schema" | "table">): SqlText {
  return quoteName(index.schema, index.table);
}

/** The indexed rows of the source, to put after FROM. The table, or those of its rows that pass the filter. */
export function sourceRows(index: Pick<IndexRecord, "schema" | "table" | "filter">): SqlText {
  const source = sourceTable(index);
  return index.filter === null ? source : sqlText`(select * from ${source} where ${expression(index.filter)})`;
}

/** The entry table's names for the key: `"key"`, or `"key_1"`, `"key_2"` … of a composite one. */
export function entryKeyNames(key: readonly unknown[]): SqlText[] {
  return key.map((_, column) => quoteIdentifier(key.length === 1 ? "key" : `key_${column + 1}`));
}

/** The first of {@link entryKeyNames}: in a log it is null in the row that records a truncation. */
export function firstKey(index: Pick<IndexRecord, "key">): SqlText {
  return entryKeyNames(index.key)[0]!;
}

export function sourceKeyNames(index: Pick<IndexRecord, "key">): SqlText[] {
  return index.key.map((column) => quoteIdentifier(column.name));
}

export function keyTypeNames(index: Pick<IndexRecord, "key">): SqlText[] {
  // as `ltd.key_type` gave it
  return index.key.map(({ type }) => type as SqlText);
}

/** The types to cast {@link keyParameters} to. Drivers write arrays of a few types only, so others are sent as text. */
export function keyArrayTypes(index: Pick<IndexRecord, "key">): SqlText[] {
  return keyTypeNames(index).map((type) => (BINARY_TYPES.has(type) ? sqlText`${type}[]` : sqlText`text[]::${type}[]`));
}

/** The key of a row as text, as the queue holds it: `array[s."id"::text]`. */
export function keyArray(alias: SqlText, names: readonly SqlText[], key: readonly KeyColumn[]): SqlText {
  return sqlText`array[${joinSql(keyTexts(alias, names, key))}]`;
}

/** Its parts. */
export function keyTexts(alias: SqlText, names: readonly SqlText[], key: readonly KeyColumn[]): SqlText[] {
  return names.map((name, at) =>
    SESSION_TYPES.includes(key[at]?.type ?? "")
      ? sqlText`ltd.key_text(${alias}.${name})`
      : sqlText`${alias}.${name}::text`,
  );
}

/** Both rows have one key: `e."key" = s."id"`. */
export function sameKey(
  left: SqlText,
  leftNames: readonly SqlText[],
  right: SqlText,
  rightNames: readonly SqlText[],
): SqlText {
  const pairs = leftNames.map((name, column) => sqlText`${left}.${name} = ${right}.${rightNames[column] ?? name}`);
  return joinSql(pairs, " and ");
}

/** The columns of a table of keys that is joined with: `"k1"`, `"k2"` …. */
export function wantedNames(index: IndexRecord): SqlText[] {
  return index.key.map((_, column) => quoteIdentifier(`k${column + 1}`));
}

/**
 * Keys, with columns for each, as a table to join with. For example `unnest($1::bigint[], $2::text[]) as wanted(k1,
 * label)`. Its parameters are those of {@link keyParameters}, then one for each of `columns`.
 * @param columns the type of the array of each further column: ``{ label: sqlText`text[]` }``
 */
export function wantedTable(index: IndexRecord, columns: Readonly<Record<string, SqlText>> = {}): SqlText {
  const types = [...keyArrayTypes(index), ...Object.values(columns)];
  const names = [...wantedNames(index), ...Object.keys(columns).map((name) => quoteIdentifier(name))];
  const arrays = types.map((type, at) => sqlText`$${at + 1}::${type}`);
  return sqlText`unnest(${joinSql(arrays)}) as wanted(${joinSql(names)})`;
}

/** A row and one of {@link wantedTable} have one key. */
export function isWanted(index: IndexRecord, alias: SqlText, names: readonly SqlText[]): SqlText {
  return sameKey(alias, names, sqlText`wanted`, wantedNames(index));
}

/** The keys of a log's row as SQL: `k1, k2` of `t.key_1, t.key_2`. */
export function loggedKeys(index: IndexRecord, log: SqlText): { parts: SqlText; key_lists: SqlText } {
  return {
    parts: joinSql(index.key.map((_, column) => sqlText`k${column + 1}`)),
    key_lists: joinSql(entryKeyNames(index.key).map((name) => sqlText`${log}.${name}`)),
  };
}
