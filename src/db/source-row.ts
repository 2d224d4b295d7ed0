import { sql } from "kysely";
import { builder, fragment, run } from "./builder.ts";
import type { Queryable } from "./database.ts";
import type { IndexRecord, Key } from "./index-record.ts";
import { keyArray, keyId, sameKey, sourceKeyNames, sourceRows } from "./key.ts";
import { sourceError } from "./source-error.ts";
import { quoteIdentifier, sqlText } from "./sql-text.ts";
import { wantedKeys, wantedNames } from "./wanted-keys.ts";

/** The mapped columns of a row of a source table. */
export interface SourceRow {
  readonly key: Key;
  /** As text, in the order of `index.columns`. */
  readonly values: readonly (string | null)[];
}

/**
 * Reads the mapped columns of these rows as they are now, in any order; rows that are gone are left out.
 *
 * Throws LtdError("source") when the table or a column is gone.
 */
export async function readSource(database: Queryable, index: IndexRecord, keys: readonly Key[]): Promise<SourceRow[]> {
  if (keys.length === 0) return [];
  const s = sqlText`s`;
  const names = sourceKeyNames(index);
  const values = index.columns.map((column) => fragment(sqlText`${s}.${quoteIdentifier(column)}::text`));
  const rows = builder
    .selectFrom(wantedKeys(index, keys))
    .innerJoin(fragment(sourceRows(index)).as<"s">(sql`s`), (join) =>
      join.on(fragment<boolean>(sameKey(s, names, sqlText`wanted`, wantedNames(index)))),
    )
    .select([
      fragment<Key>(keyArray(s, names)).as("key"),
      sql<(string | null)[]>`array[${sql.join(values)}]`.as("values"),
    ]);
  try {
    return await run(database, rows);
  } catch (error) {
    throw sourceError(error, index);
  }
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
  if (keys.length === 0) return new Map();
  const s = sqlText`s`;
  const names = sourceKeyNames(index);
  const rows = builder
    .selectFrom(wantedKeys(index, keys))
    .innerJoin(fragment(sourceRows(index)).as<"s">(sql`s`), (join) =>
      join.on(fragment<boolean>(sameKey(s, names, sqlText`wanted`, wantedNames(index)))),
    )
    .select([
      fragment<Key>(keyArray(s, names)).as("key"),
      sql<number>`(select count(*)::integer from jsonb_each_text(to_jsonb(s.*)) as c (name, value) where c.value <> '')`.as(
        "filled",
      ),
    ]);
  try {
    return new Map((await run(database, rows)).map(({ key, filled }) => [keyId(key), filled]));
  } catch (error) {
    throw sourceError(error, index);
  }
}
