import type { Queryable } from "../database.ts";
import { statement } from "../statement/statement.ts";

/** The tables and views of schema ltd that a reader of an index reads: names without the schema. */
export async function readerObjects(database: Queryable, index: string): Promise<string[]> {
  const rows = await database.query<{ name: string }>(statement("schema/reader-objects"), [index]);
  return rows.map(({ name }) => name);
}

/**
 * Roles that read all of schema ltd but work on nothing. They see keys and errors of rows that may be hidden from them.
 */
export async function broadReaders(database: Queryable): Promise<string[]> {
  const rows = await database.query<{ role: string }>(statement("schema/broad-readers"));
  return rows.map(({ role }) => role);
}
