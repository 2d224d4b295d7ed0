import { type AliasedRawBuilder, sql } from "kysely";
import { builder, fragment } from "../statement/builder.ts";
import type { Queryable } from "../database.ts";
import type { IndexRecord, Key } from "../index-record.ts";
import { keyArray, keyId, sameKey, sourceKeyNames, sourceRows, wantedNames } from "../statement/key.ts";
import { own } from "../statement/own.ts";
import { readGuarded } from "./guard.ts";
import { sourceError } from "./source-error.ts";
import { sqlText } from "../statement/sql-text.ts";
import { valueArray } from "./values.ts";
import { wantedKeys } from "../statement/wanted-keys.ts";

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
 * Reads the mapped columns of these rows as they are now, in any order; rows that are gone, or do not pass the filter, are left out.
 *
 * @param which `all` where a row that is not found is taken for gone: it then fails if row-level security could hide one
 *
 * Throws LtdError("source") when the table or a column is gone.
 */
export async function readSource(
  database: Queryable,
  index: IndexRecord,
  keys: readonly Key[],
  which: "all" | "visible" = "visible",
): Promise<SourceRow[]> {
  const values = fragment<(string | null)[]>(valueArray(index, sqlText`s`));
  return readWanted(database, index, keys, values.as<"values">("values"), which);
}

/**
 * Counts for each of these rows the columns of its table, also those that are not mapped, that are neither null nor an empty text; by `keyId`.
 *
 * Throws LtdError("source") when the table is gone.
 */
export async function countFilled(
  database: Queryable,
  index: IndexRecord,
  keys: readonly Key[],
): Promise<Map<string, number>> {
  // a bare s would be the column of that name where the table has one
  const columns = sql`jsonb_each_text(to_jsonb(s.*)) as c (name, value)`;
  const filled = sql<number>`(select count(*)::integer from ${columns} where c.value <> '')`.as<"filled">("filled");
  const rows: { key: Key; filled: number }[] = await readWanted(database, { ...index, filter: null }, keys, filled);
  return new Map(rows.map((row) => [keyId(row.key), row.filled]));
}

/** Reads an expression over the rows `s` of these keys. */
async function readWanted<Name extends string, Value>(
  database: Queryable,
  index: IndexRecord,
  keys: readonly Key[],
  column: AliasedRawBuilder<Value, Name>,
  which: "all" | "visible" = "visible",
): Promise<({ key: Key; rowKey: Key } & Record<Name, Value>)[]> {
  if (keys.length === 0) return [];
  const s = sqlText`s`;
  const names = sourceKeyNames(index);
  const read = builder
    .selectFrom(wantedKeys(index, keys))
    .innerJoin(fragment(sourceRows(index)).as<"s">(sql`s`), (join) =>
      join.on(fragment<boolean>(sameKey(s, names, sqlText`wanted`, wantedNames(index)))),
    )
    .select([
      fragment<Key>(keyArray(sqlText`wanted`, wantedNames(index), index.key)).as("key"),
      fragment<Key>(keyArray(s, names, index.key)).as("rowKey"),
      column,
    ]);
  try {
    const { sql: text, parameters } = read.compile();
    return await readGuarded(database, index, which, own(text, "source/rows"), parameters);
  } catch (error) {
    throw sourceError(error, index);
  }
}
