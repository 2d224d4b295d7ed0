import type { Queryable } from "../database.ts";
import type { IndexRecord, Key } from "../index-record.ts";
import {
  entryKeyNames,
  entryTable,
  isWanted,
  keyArray,
  keyId,
  keyParameters,
  wantedTable,
  wantedNames,
} from "../statement/key.ts";
import { sqlText } from "../statement/sql-text.ts";
import { statement } from "../statement/statement.ts";

/** The content hashes of those of these keys that have an entry, by `keyId(key)`. */
export async function readHashes(
  database: Queryable,
  index: IndexRecord,
  keys: readonly Key[],
): Promise<Map<string, Uint8Array>> {
  if (keys.length === 0) return new Map();
  const rows = await database.query<{ key: Key; contentHash: Uint8Array }>(
    statement("entries/read-hashes", {
      ...wantedEntries(index),
      key: keyArray(sqlText`wanted`, wantedNames(index), index.key),
    }),
    keyParameters(index, keys),
  );
  return new Map(rows.map((row) => [keyId(row.key), row.contentHash]));
}

/** Lets the next worker embed these keys again, whatever their text. */
export async function forgetHashes(database: Queryable, index: IndexRecord, keys: readonly Key[]): Promise<void> {
  if (keys.length === 0) return;
  await database.query(statement("entries/forget-hashes", wantedEntries(index)), keyParameters(index, keys));
}

/** Deletes the entries of these keys, where there are any. */
export async function deleteEntries(tx: Queryable, index: IndexRecord, keys: readonly Key[]): Promise<void> {
  if (keys.length === 0) return;
  await tx.query(statement("entries/delete-entries", wantedEntries(index)), keyParameters(index, keys));
}

function wantedEntries(index: IndexRecord) {
  const same_key = isWanted(index, sqlText`e`, entryKeyNames(index.key));
  return { entry: entryTable(index), wanted: wantedTable(index), same_key };
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
  for (const { word, rows: frequency } of words) {
    if (word === null) rows = frequency;
    else frequencies.set(word, frequency);
  }
  return { rows, frequencies };
}
