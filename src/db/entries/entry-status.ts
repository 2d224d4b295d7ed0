import type { Queryable } from "../database.ts";
import type { IndexRecord } from "../index-record.ts";
import { statement } from "../statement/statement.ts";
import { entryRows, guardEntryRows } from "./vector-column.ts";

/** Exact counts of an index's entries. */
export interface EntryStatus {
  readonly entries: number;
  /** Entries with a vector. */
  readonly indexed: number;
  /** Entries whose text is empty. */
  readonly empty: number;
  /** Entries whose text was cut at the model's maximum length. */
  readonly truncated: number;
}

/** Exact counts; reads the whole entry table. */
export async function entryStatus(database: Queryable, index: IndexRecord): Promise<EntryStatus> {
  await guardEntryRows(database, index);
  const [status] = await database.query<EntryStatus>(statement("entries/entry-status", { entry: entryRows(index) }));
  return status ?? { entries: 0, indexed: 0, empty: 0, truncated: 0 };
}

/** Whether there is anything to find; reads as far as the first vector. */
export async function hasVectors(database: Queryable, index: IndexRecord): Promise<boolean> {
  await guardEntryRows(database, index);
  const [row] = await database.query<{ has: boolean }>(statement("entries/has-vectors", { entry: entryRows(index) }));
  return row!.has;
}
