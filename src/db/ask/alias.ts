import type { Database, Queryable } from "../database.ts";
import type { IndexRecord, Key } from "../index-record.ts";
import { type Neighbour, type NearRow, toNeighbour, vectorParameter } from "./nearest.ts";
import { readIndex, type ReadOptions } from "./read-index.ts";
import { aliasParts } from "./search-parts.ts";
import { statement } from "../statement/statement.ts";

/** A further question that a row answers. */
export interface Alias {
  readonly key: Key;
  /** As it was given. */
  readonly question: string;
  /** Its letters and digits: see `bareText`. */
  readonly alias: string;
}

/** The row that has this alias, with its similarity to the vector; undefined where none has, or none that passes the filter. */
export async function aliasedRow(
  database: Database,
  index: IndexRecord,
  alias: string,
  vector: Float32Array,
  options: ReadOptions,
): Promise<Neighbour | undefined> {
  const parameter = vectorParameter(index, vector);
  const { rows } = await readIndex<NearRow>(database, index, 0, options, ({ contained, where }) => ({
    text: statement("ask/match-alias", aliasParts(index, where)),
    parameters: [alias, parameter, contained, index.name],
  }));
  return rows.map(toNeighbour)[0];
}

/** Gives rows aliases; returns those that were written: not those that another row has. */
export async function addAliases(tx: Queryable, name: string, aliases: readonly Alias[]): Promise<Set<string>> {
  const written = await tx.query<{ alias: string }>(statement("ask/add-aliases"), [
    name,
    aliases.map(({ alias }) => alias),
    aliases.map(({ question }) => question),
    aliases.map(({ key }) => JSON.stringify(key)),
  ]);
  return new Set(written.map(({ alias }) => alias));
}

/** Takes aliases away, or all of an index; returns how many there were. */
export async function removeAliases(tx: Queryable, name: string, aliases: readonly string[] | null): Promise<number> {
  return (await tx.query(statement("ask/remove-aliases"), [name, aliases])).length;
}

/** The aliases of an index, or of one row. */
export function readAliases(database: Queryable, name: string, key: Key | null): Promise<Alias[]> {
  return database.query<Alias>(statement("ask/list-aliases"), [name, key]);
}
