import { sql } from "kysely";
import { builder, fragment, run } from "../statement/builder.ts";
import type { Queryable } from "../database.ts";
import type { IndexRecord, Key } from "../index-record.ts";
import { entryKeyNames, entryTable, keyArray, keyId, sameKey, wantedNames } from "../statement/key.ts";
import { sqlText } from "../statement/sql-text.ts";
import { statement } from "../statement/statement.ts";
import { wantedKeys } from "../statement/wanted-keys.ts";

/** The content hashes of those of these keys that have an entry, by `keyId(key)`. */
export async function readHashes(
  database: Queryable,
  index: IndexRecord,
  keys: readonly Key[],
): Promise<Map<string, Uint8Array>> {
  if (keys.length === 0) return new Map();
  const e = sqlText`e`;
  const names = entryKeyNames(index.key);
  const rows = await run(
    database,
    builder
      .selectFrom(wantedKeys(index, keys))
      .innerJoin(fragment(sqlText`${entryTable(index)}`).as<"e">(sql`e`), (join) =>
        join.on(fragment<boolean>(sameKey(e, names, sqlText`wanted`, wantedNames(index)))),
      )
      .select([fragment<Key>(keyArray(e, names)).as("key"), sql<Uint8Array>`e.content_hash`.as("contentHash")]),
  );
  return new Map(rows.map((row) => [keyId(row.key), row.contentHash]));
}

/** Lets the next worker embed these keys again, whatever their text. */
export async function forgetHashes(database: Queryable, index: IndexRecord, keys: readonly Key[]): Promise<void> {
  if (keys.length === 0) return;
  const same = sameKey(sqlText`e`, entryKeyNames(index.key), sqlText`wanted`, wantedNames(index));
  await run(
    database,
    builder
      .updateTable(fragment(entryTable(index)).as<"e">(sql`e`))
      .set({ content_hash: sql`''` } as never)
      .from(wantedKeys(index, keys))
      .where(fragment<boolean>(same)),
  );
}

/** In how many of an index's rows each word stands, and in how many any word does. Reads the lexemes of all entries. */
export async function documentFrequencies(
  database: Queryable,
  index: IndexRecord,
): Promise<{ rows: number; frequencies: Map<string, number> }> {
  const entry = entryTable(index);
  const words = await database.query<{ word: string | null; rows: number }>(
    statement("entries/document-frequencies", { entry }),
  );
  const frequencies = new Map<string, number>();
  let rows = 0;
  for (const found of words) {
    if (found.word === null) rows = found.rows;
    else frequencies.set(found.word, found.rows);
  }
  return { rows, frequencies };
}
