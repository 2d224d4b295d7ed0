import type { Database, Queryable } from "../database.ts";
import type { IndexRecord, Key } from "../index-record.ts";
import { entryKeyNames, entryTable, isWanted, keyArray, keyParameters, wantedTable } from "../statement/key.ts";
import { sqlText } from "../statement/sql-text.ts";
import { statement } from "../statement/statement.ts";

/** Those of some keys that have an entry in an index. */
export async function findKeys(database: Queryable, index: IndexRecord, keys: readonly Key[]): Promise<Key[]> {
  if (keys.length === 0) return [];
  const [e, names] = [sqlText`e`, entryKeyNames(index.key)];
  const rows = await database.query<{ key: Key }>(
    statement("shards/find-keys", {
      key: keyArray(e, names, index.key),
      entries: entryTable(index),
      wanted: wantedTable(index),
      same_key: isWanted(index, e, names),
    }),
    keyParameters(index, keys),
  );
  return rows.map(({ key }) => key);
}

/**
 * Reads the keys of all entries of an index in byte order. Each `next` gives at most 10,000, and none after the last.
 *
 * The server sorts them once, and has a transaction open until `work` ends.
 */
export function withKeys<T>(
  database: Database,
  index: IndexRecord,
  work: (next: () => Promise<Key[]>) => Promise<T>,
): Promise<T> {
  return database.transaction(async (tx) => {
    await tx.query(
      statement("shards/begin-keys", {
        key: keyArray(sqlText`e`, entryKeyNames(index.key), index.key),
        entries: entryTable(index),
      }),
    );
    return work(async () => {
      const rows = await tx.query<{ key: Key }>(statement("shards/fetch-keys"));
      return rows.map(({ key }) => key);
    });
  });
}
