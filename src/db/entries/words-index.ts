import type { Database, Queryable } from "../database.ts";
import type { IndexRecord } from "../index-record.ts";
import { entryTable } from "../statement/key.ts";
import { quoteIdentifier, quoteName } from "../statement/sql-text.ts";
import { inParallelOrAlone } from "./parallel-build.ts";
import { lockName } from "../statement/lock-name.ts";
import { statement } from "../statement/statement.ts";

/** Whether the GIN index of the words is there; without it `search` reads all entries. */
export async function hasWordsIndex(database: Queryable, index: IndexRecord): Promise<boolean> {
  const [found] = await database.query<{ valid: boolean }>(statement("entries/index-state"), [qualified(index)]);
  return found?.valid ?? false;
}

/**
 * Builds the GIN index of the words if it is missing, and has Postgres count them. Entries can be read during the
 * build, but not written. Run it after the load: a row that is added later is added to the index by itself.
 */
export async function buildWordsIndex(database: Database, index: IndexRecord): Promise<void> {
  await inParallelOrAlone(database, async (tx) => {
    // one builder at a time: "if not exists" alone fails where two begin together
    await lockName(tx, qualified(index));
    const name = quoteIdentifier(nameOf(index));
    const entry = entryTable(index);
    await tx.query(statement("entries/create-words-index", { name, entry }));
    await tx.query(statement("entries/analyze-entries", { entry }));
  });
}

/** Drops it, for a load that is faster without. */
export async function dropWordsIndex(database: Queryable, index: IndexRecord): Promise<void> {
  await database.query(statement("entries/drop-index", { name: qualified(index) }));
}

const nameOf = ({ id }: IndexRecord): string => `entry_${id}_words_idx`;
const qualified = (index: IndexRecord) => quoteName("ltd", nameOf(index));
