import type { Queryable } from "../database.ts";
import { getIndex, listIndexes } from "./find-index.ts";
import { findFront, listFronts } from "./front.ts";

/** Names of indexes and fronts, each once: all, or those that are named. Throws like {@link getIndex}. */
export async function listNames(database: Queryable, wanted: readonly string[] = []): Promise<string[]> {
  if (wanted.length === 0) {
    const all = [...(await listIndexes(database)), ...(await listFronts(database))];
    return all.map(({ name }) => name).toSorted();
  }
  const names = [...new Set(wanted)];
  for (const name of names) if ((await findFront(database, name)) === undefined) await getIndex(database, name);
  return names;
}
