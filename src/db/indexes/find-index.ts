import { LtdError } from "../../errors.ts";
import type { Queryable } from "../database.ts";
import type { IndexRecord, KeyType } from "../index-record.ts";
import { statement } from "../statement/statement.ts";
import { findFront } from "./front.ts";

/**
 * The live generation of the index of this name. Throws LtdError("index") that names the indexes there are.
 *
 * @example
 * const database = await openDatabase();
 * const index = await getIndex(database, "faq");
 * console.log(index.table, index.template);
 */
export async function getIndex(database: Queryable, name: string): Promise<IndexRecord> {
  const [found] = await readRecords(database, name, false);
  if (found !== undefined) return found;
  if ((await findFront(database, name)) !== undefined)
    throw new LtdError("index", `${name} is a front: its rows are on several servers`, {
      hint: "do it on each shard, by its --database-url (ltd-index shard list); docs/scale.md says what a front does itself",
    });
  const names = (await listIndexes(database)).map((index) => index.name);
  throw new LtdError("index", `there is no index ${JSON.stringify(name)}`, {
    hint: names.length === 0 ? "create one with `ltd-index add`" : `the indexes are: ${names.join(", ")}`,
  });
}

/** The live generations of these indexes, each once, or of all, by name. Throws like {@link getIndex}. */
export async function listIndexes(database: Queryable, names: readonly string[] = []): Promise<IndexRecord[]> {
  if (names.length === 0) return readRecords(database, null, false);
  return Promise.all([...new Set(names)].map((name) => getIndex(database, name)));
}

/** The generations of an index, the oldest first. Throws like {@link getIndex}. */
export async function readGenerations(database: Queryable, name: string): Promise<IndexRecord[]> {
  const found = await readRecords(database, name, true);
  return found.length > 0 ? found : [await getIndex(database, name)];
}

type IndexRow = Omit<IndexRecord, "key"> & {
  readonly keyColumns: string[];
  readonly keyTypes: KeyType[];
  readonly keyCollations: (string | null)[];
};

/**
 * Generations of the index of this name, or of all (null), by name and age: the live ones, or all. None for a name that
 * is no index's.
 */
export async function readRecords(
  database: Queryable,
  name: string | null,
  allGenerations: boolean,
): Promise<IndexRecord[]> {
  const rows = await database.query<IndexRow>(statement("indexes/list-indexes"), [name, allGenerations]);
  return rows.map(({ keyColumns, keyTypes, keyCollations, ...row }) => ({
    ...row,
    key: keyColumns.map((name, at) => {
      const collation = keyCollations[at];
      return { name, type: keyTypes[at] ?? "text", ...(collation != null && { collation }) };
    }),
  }));
}
