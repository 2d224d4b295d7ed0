import type { Database, Queryable } from "../database.ts";
import type { IndexRecord, Key } from "../index-record.ts";
import { type NearestOptions, type Neighbour, type NearRow, toNeighbour, vectorParameter } from "./nearest.ts";
import { readIndex } from "./read-index.ts";
import { aliasParts } from "./search-parts.ts";
import { keyId } from "../statement/key.ts";
import { statement } from "../statement/statement.ts";

/** A further question of a row. */
export interface Alias {
  readonly key: Key;
  /** As it was given. */
  readonly question: string;
  /** Its letters and digits: see `bareText`. */
  readonly alias: string;
  /** A question that the row does *not* answer. */
  readonly isNegative: boolean;
}

/**
 * The row that has this alias, with its similarity to the vector. Undefined where none has, or none that passes the
 * filter.
 */
export async function aliasedRow(
  database: Database,
  index: IndexRecord,
  alias: string,
  vector: Float32Array,
  options: NearestOptions,
): Promise<Neighbour | undefined> {
  const parameter = vectorParameter(index, vector);
  const { rows } = await readIndex<NearRow>(database, index, 0, options, ({ contained, where }) => ({
    text: statement("ask/match-alias", aliasParts(index, where, options)),
    parameters: [alias, parameter, contained, index.name],
  }));
  return rows.map(toNeighbour)[0];
}

/** Gives rows aliases; returns those that were written: not those that another row has. */
export async function addAliases(tx: Queryable, name: string, aliases: readonly Alias[]): Promise<Set<string>> {
  const written = await tx.query<{ alias: string }>(statement("ask/add-aliases"), parametersOf(name, aliases));
  return new Set(written.map(({ alias }) => alias));
}

/** Gives rows negative questions. */
export async function addNegatives(tx: Queryable, name: string, negatives: readonly Alias[]): Promise<void> {
  if (negatives.length > 0) await tx.query(statement("ask/add-negatives"), parametersOf(name, negatives));
}

function parametersOf(name: string, aliases: readonly Alias[]) {
  return [
    name,
    aliases.map(({ alias }) => alias),
    aliases.map(({ question }) => question),
    aliases.map(({ key }) => JSON.stringify(key)),
  ];
}

/** Removes aliases, or negative questions, or all of an index; returns those that were there. */
export function removeAliases(
  tx: Queryable,
  name: string,
  aliases: readonly string[] | null,
  isNegative: boolean,
): Promise<Pick<Alias, "alias" | "key">[]> {
  return tx.query(statement(isNegative ? "ask/remove-negatives" : "ask/remove-aliases"), [name, aliases]);
}

/** The aliases and negative questions of an index, or of some of its rows: by key, aliases first. */
export function readAliases(database: Queryable, name: string, keys: readonly Key[] | null): Promise<Alias[]> {
  return database.query<Alias>(statement("ask/list-aliases"), [name, keys && keys.map(keyId)]);
}
