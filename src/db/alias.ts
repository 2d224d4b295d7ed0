import { rowOf, type Matrix } from "../vector/matrix.ts";
import type { Database, Queryable } from "./database.ts";
import type { IndexRecord, Key } from "./index-record.ts";
import { type Neighbour, similarityOf, vectorParameter } from "./nearest.ts";
import { readIndex, type ReadOptions } from "./read-index.ts";
import { aliasParts } from "./search-parts.ts";
import { statement } from "./statement.ts";

/** A further question that a row answers. */
export interface Alias {
  readonly key: Key;
  /** As it was given. */
  readonly question: string;
  /** Its letters and digits: see `bareText`. */
  readonly alias: string;
}

/** The row that each alias belongs to, with its similarity to the vector of the same place; undefined where there is none. */
export async function aliasedRows(
  database: Database,
  index: IndexRecord,
  aliases: readonly string[],
  vectors: Matrix,
  options: ReadOptions,
): Promise<(Neighbour | undefined)[]> {
  if (aliases.length === 0) return [];
  const parameters = aliases.map((_, at) => vectorParameter(index, rowOf(vectors, at)));
  const found = await readIndex<{ alias: string; key: Key; distance: number; row: Neighbour["row"] }>(
    database,
    index,
    0,
    options,
    ({ contained, where }) => ({
      text: statement("match-aliases", aliasParts(index, where)),
      parameters: [aliases, parameters, contained, index.name],
    }),
  );
  const rows = new Map(
    found.map(({ alias, key, distance, row }) => [alias, { key, similarity: similarityOf(distance), row }]),
  );
  return aliases.map((alias) => rows.get(alias));
}

/** Gives rows aliases; returns those that were written: not those that another row has. */
export async function addAliases(tx: Queryable, name: string, aliases: readonly Alias[]): Promise<Set<string>> {
  const written = await tx.query<{ alias: string }>(statement("add-aliases"), [
    name,
    aliases.map(({ alias }) => alias),
    aliases.map(({ question }) => question),
    aliases.map(({ key }) => JSON.stringify(key)),
  ]);
  return new Set(written.map(({ alias }) => alias));
}

/** Takes aliases away, or all of an index; returns how many there were. */
export async function removeAliases(tx: Queryable, name: string, aliases: readonly string[] | null): Promise<number> {
  return (await tx.query(statement("remove-aliases"), [name, aliases])).length;
}

/** The aliases of an index, or of one row. */
export function listAliases(database: Queryable, name: string, key: Key | null): Promise<Alias[]> {
  return database.query<Alias>(statement("list-aliases"), [name, key]);
}
