import { addAliases, addNegatives, readAliases, removeAliases, type Alias } from "../../db/ask/alias.ts";
import { enqueueKeys, notifyQueue } from "../../db/capture/queue.ts";
import type { Database, Queryable } from "../../db/database.ts";
import { isDataError } from "../../db/failure.ts";
import type { IndexRecord, Key } from "../../db/index-record.ts";
import { getIndex, readGenerations } from "../../db/indexes/find-index.ts";
import { keyId } from "../../db/statement/key.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { withFilter } from "../../db/source/filter.ts";
import { readSource } from "../../db/source/source-row.ts";
import { LtdError } from "../../errors.ts";
import { bareText } from "../../text/normalize.ts";
import { keyOf, type RowKey } from "../row-key.ts";
import { clashError, clashes } from "./alias-clash.ts";

/** A further question of a row. */
export interface WantedAlias {
  key: RowKey;
  question: string;
  /** A question that the row does *not* answer. Default false. */
  isNegative?: boolean;
}

/** What a change of aliases did. */
export interface AliasResult {
  index: string;
  /** Questions that were written or removed; one that was there already counts as written. */
  changed: number;
}

/** Letters and digits of an alias, as it must fit into a key of Postgres. */
const LONGEST = 500;

/** Adds aliases to rows of an index of one database; see `addAlias` of src/app/shards/alias.ts. */
export async function addAlias(database: Database, name: string, wanted: readonly WantedAlias[]): Promise<AliasResult> {
  await requireSchema(database);
  const index = await getIndex(database, name);
  const given = await withRowKeys(database, index, toAliases(index, wanted));
  const changed = await database.transaction((tx) => writeAliases(tx, index, given));
  return { index: name, changed };
}

/**
 * Writes what {@link withRowKeys} gave and queues the rows, in the transaction of the caller. Returns how many
 * questions that are.
 *
 * @throws {LtdError} "input" for a question that clashes with another one
 */
export async function writeAliases(tx: Queryable, index: IndexRecord, given: readonly Alias[]): Promise<number> {
  const { name } = index;
  const [first] = await clashes(tx, index, given);
  if (first !== undefined) throw clashError(index, first);
  const aliases = new Map(given.filter(({ isNegative }) => !isNegative).map((each) => [each.alias, each]));
  const negatives = new Map(
    given.filter(({ isNegative }) => isNegative).map((each) => [`${keyId(each.key)} ${each.alias}`, each]),
  );
  const written = await addAliases(tx, name, [...aliases.values()]);
  // another transaction may have given it to another row in the meantime
  const refused = [...aliases.values()].find(({ alias }) => !written.has(alias));
  if (refused !== undefined) {
    const owner = (await readAliases(tx, name, null)).find((each) => !each.isNegative && each.alias === refused.alias);
    throw clashError(index, { wanted: refused, why: "alias", of: owner?.key ?? [] });
  }
  await addNegatives(tx, name, [...negatives.values()]);
  await enqueueRows(tx, name, given);
  return aliases.size + negatives.size;
}

/** Removes aliases of an index of one database; see `removeAlias` of src/app/shards/alias.ts. */
export async function removeAlias(
  database: Database,
  name: string,
  questions: readonly string[],
  { isNegative = false }: { isNegative?: boolean } = {},
): Promise<AliasResult> {
  await requireSchema(database);
  await getIndex(database, name);
  const aliases = [...new Set(questions.map(aliasOf))];
  const removed = await database.transaction(async (tx) => {
    const gone = await removeAliases(tx, name, aliases, isNegative);
    requireGone(name, aliases, gone, isNegative);
    await enqueueRows(tx, name, gone);
    return gone.length;
  });
  return { index: name, changed: removed };
}

/** Throws LtdError "input" where some of the aliases were none. */
export function requireGone(
  name: string,
  aliases: readonly string[],
  gone: readonly Pick<Alias, "alias">[],
  isNegative: boolean,
): void {
  const missing = aliases.length - new Set(gone.map(({ alias }) => alias)).size;
  if (missing === 0) return;
  const what = isNegative ? "negative questions" : "aliases";
  throw new LtdError("input", `${missing} of ${aliases.length} questions are no ${what} in ${name}`, {
    hint: `see them: ltd-index alias list ${name}`,
  });
}

/** The aliases of an index of one database; see `listAliases` of src/app/shards/alias.ts. */
export async function listAliases(database: Database, name: string, key?: RowKey): Promise<Alias[]> {
  await requireSchema(database);
  const index = await getIndex(database, name);
  return readAliases(database, name, key === undefined ? null : [keyOf(index, key)]);
}

/** Checks and normalises the wanted aliases. Throws LtdError "input". */
export function toAliases(index: Pick<IndexRecord, "name" | "key">, wanted: readonly WantedAlias[]): Alias[] {
  return wanted.map(({ key, question, isNegative = false }) => ({
    key: keyOf(index, key),
    question,
    alias: aliasOf(question),
    isNegative,
  }));
}

/** Lets the next `sync` write the entries of these rows again, in every generation. */
export async function enqueueRows(tx: Queryable, name: string, rows: readonly Pick<Alias, "key">[]): Promise<void> {
  const keys = [...new Map(rows.map(({ key }): [string, Key] => [keyId(key), key])).values()];
  for (const generation of await readGenerations(tx, name)) {
    await enqueueKeys(tx, generation, keys);
    if (generation.state === "live") await notifyQueue(tx, generation);
  }
}

/** The letters and digits of a question. Throws LtdError "input" for one that has none, or too many. */
export function aliasOf(question: string): string {
  const alias = bareText(question);
  if (alias !== "" && alias.length <= LONGEST) return alias;
  const why = alias === "" ? "has no letter or digit" : `has ${alias.length} letters and digits, more than ${LONGEST}`;
  throw new LtdError("input", `${JSON.stringify(question.slice(0, 60))} ${why}: it cannot be an alias`);
}

/**
 * Gives aliases the keys that their rows have: equal keys may be written differently (1.0 and 1.00).
 * @throws {LtdError} "input" for a key whose row is not in the table, or not indexed
 */
export async function withRowKeys<Wanted extends Alias>(
  database: Database,
  index: IndexRecord,
  wanted: readonly Wanted[],
): Promise<Wanted[]> {
  const found = await rowKeysOf(database, index, wanted);
  return wanted.map((alias) => {
    const key = found.get(keyId(alias.key));
    if (key === undefined) throw noRow(index, alias.key);
    return { ...alias, key };
  });
}

/** The keys that rows have in the table, by `keyId` of the given ones. Without those that are not indexed. */
export async function rowKeysOf(
  database: Database,
  index: IndexRecord,
  given: readonly Pick<Alias, "key">[],
): Promise<Map<string, Key>> {
  const keys = [...new Map(given.map(({ key }): [string, Key] => [keyId(key), key])).values()];
  try {
    const rows = await withFilter(index, (filtered) => readSource(database, filtered, keys));
    return new Map(rows.map(({ key, rowKey }) => [keyId(key), rowKey]));
  } catch (error) {
    if (!isDataError(error)) throw error;
    throw new LtdError("input", `this is not a key of ${index.name}: ${(error as Error).message}`, { cause: error });
  }
}

/** The error for a row that is not in the table, or not indexed. */
export function noRow({ schema, table }: IndexRecord, key: Key): LtdError {
  return new LtdError("input", `${schema}.${table} has no indexed row ${key.join(", ")}`, {
    hint: "give the value of the key column; of a composite key a JSON array of the values",
  });
}
