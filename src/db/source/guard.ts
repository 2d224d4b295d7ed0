import type { Database, Queryable } from "../database.ts";
import type { IndexRecord } from "../index-record.ts";
import { sourceTable } from "../statement/key.ts";
import { statement } from "../statement/statement.ts";

/** Which rows a reader of a source wants. Every row, or those that row-level security lets the role see. */
export type WhichRows = "all" | "visible";

/**
 * Before a transaction reads the source of an index: holds the source as it is until the end.
 *
 * @throws LtdError "source" where it would run another role's code with more rights than that role has, and for `all`
 *   where row-level security
 *   hides rows from the role
 */
export async function guardSource(tx: Queryable, index: Pick<IndexRecord, "id">, which: WhichRows): Promise<void> {
  const { text, parameters } = guardStatement(index, which);
  await tx.query(text, parameters);
}

/**
 * As {@link guardSource}, but before an update of the source. Its triggers run with the rights of the updating role.
 * @throws LtdError "source"
 */
export async function guardWrite(tx: Queryable, index: Pick<IndexRecord, "id">): Promise<void> {
  await tx.query(statement("source/begin-write"), [index.id]);
}

/**
 * Keeps changes of the source's definition, and truncate, away until the transaction ends. It takes no snapshot: what
 * is read later is of what is held.
 */
export async function holdSource(tx: Queryable, index: IndexRecord): Promise<void> {
  // views and foreign tables, which are polled, cannot be held
  if (index.updatedAtColumn !== null) return;
  await tx.query(statement("source/hold-table", { source: sourceTable(index) }));
}

/**
 * Runs one statement over the source of an index behind its guard. On a database, both take one round trip. Throws as
 * {@link guardSource}.
 */
export async function readGuarded<Row extends object>(
  queryable: Queryable,
  index: Pick<IndexRecord, "id">,
  which: WhichRows,
  text: string,
  parameters: readonly unknown[],
): Promise<Row[]> {
  if (isDatabase(queryable)) {
    const [, rows] = await queryable.pipeline([guardStatement(index, which), { text, parameters }]);
    return rows as Row[];
  }
  await guardSource(queryable, index, which);
  return queryable.query<Row>(text, parameters);
}

function guardStatement(index: Pick<IndexRecord, "id">, which: WhichRows): { text: string; parameters: unknown[] } {
  return { text: statement("source/begin-read"), parameters: [index.id, which === "all"] };
}

function isDatabase(queryable: Queryable): queryable is Database {
  return "listen" in queryable;
}
