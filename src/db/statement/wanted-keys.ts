import { type AliasedRawBuilder, sql } from "kysely";
import type { IndexRecord, Key } from "../index-record.ts";
import { keyParameters, keyArrayTypes, wantedNames } from "./key.ts";
import { fragment } from "./builder.ts";
import { joinSql, sqlText } from "./sql-text.ts";

/** Keys as a table `wanted` to join with, one parameter a key column, cast to the key's types. */
export function wantedKeys(
  index: IndexRecord,
  keys: readonly Key[],
): AliasedRawBuilder<Record<string, unknown>, "wanted"> {
  const types = keyArrayTypes(index);
  const arrays = keyParameters(index, keys).map(
    (parts, column) => sql`${parts}::${fragment(types[column] ?? sqlText`text[]`)}`,
  );
  const alias = fragment(sqlText`wanted(${joinSql(wantedNames(index), ", ")})`);
  return sql<Record<string, unknown>>`unnest(${sql.join(arrays)})`.as<"wanted">(alias);
}
