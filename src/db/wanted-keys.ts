import { type AliasedRawBuilder, sql } from "kysely";
import type { IndexRecord, Key } from "./index-record.ts";
import { keyParameters, keyTypeNames } from "./key.ts";
import { fragment } from "./builder.ts";
import { joinSql, quoteIdentifier, type SqlText, sqlText } from "./sql-text.ts";

/** The columns of {@link wantedKeys}. */
export function wantedNames(index: IndexRecord): SqlText[] {
  return index.key.map((_, column) => quoteIdentifier(`k${column + 1}`));
}

/** Keys as a table `wanted` to join with, one parameter a key column, cast to the key's types. */
export function wantedKeys(
  index: IndexRecord,
  keys: readonly Key[],
): AliasedRawBuilder<Record<string, unknown>, "wanted"> {
  const types = keyTypeNames(index);
  const arrays = keyParameters(index, keys).map(
    (parts, column) => sql`${parts}::${fragment(sqlText`${types[column] ?? sqlText`text`}[]`)}`,
  );
  const alias = fragment(sqlText`wanted(${joinSql(wantedNames(index), ", ")})`);
  return sql<Record<string, unknown>>`unnest(${sql.join(arrays)})`.as<"wanted">(alias);
}
