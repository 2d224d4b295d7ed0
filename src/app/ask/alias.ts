import { addAliases, readAliases, removeAliases, type Alias } from "../../db/ask/alias.ts";
import type { Database } from "../../db/database.ts";
import { isDataError } from "../../db/failure.ts";
import type { IndexRecord, Key } from "../../db/index-record.ts";
import { getIndex } from "../../db/indexes/index-store.ts";
import { keyId } from "../../db/statement/key.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { withFilter } from "../../db/source/filter.ts";
import { readSource } from "../../db/source/source-row.ts";
import { LtdError } from "../../errors.ts";
import { bareText } from "../../text/normalize.ts";
import { keyOf, type RowKey } from "../row-key.ts";

/** A question, and the row that it shall find. */
export interface WantedAlias {
  key: RowKey;
  question: string;
}

/** What a change of aliases did. */
export interface AliasResult {
  index: string;
  /** Aliases that were written or taken away; one that was there already counts as written. */
  changed: number;
}

/** Letters and digits of an alias, as it must fit into a key of Postgres. */
const LONGEST = 500;

/**
 * Gives rows further questions: asked so, but for punctuation and the like, `match` gives the row first, as an answer. All or nothing.
 *
 * @throws LtdError "input" for a question without a letter or digit or of more than 500, for a row that is not in the table, or for a
 *   question that is an alias of another row
 */
export async function addAlias(database: Database, name: string, wanted: readonly WantedAlias[]): Promise<AliasResult> {
  await requireSchema(database);
  const index = await getIndex(database, name);
  const aliases = wanted.map(({ key, question }) => ({ key: keyOf(index, key), question, alias: aliasOf(question) }));
  await requireRows(database, index, aliases);
  // the last one said wins nothing: a question can be of one row only
  const owners = new Map<string, Alias>();
  for (const each of aliases) {
    const owner = owners.get(each.alias);
    if (owner && keyId(owner.key) !== keyId(each.key)) throw taken(index, each, owner.key);
    owners.set(each.alias, each);
  }
  await database.transaction(async (tx) => {
    const written = await addAliases(tx, name, [...owners.values()]);
    const refused = [...owners.values()].find(({ alias }) => !written.has(alias));
    if (refused === undefined) return;
    const owner = (await readAliases(tx, name, null)).find(({ alias }) => alias === refused.alias);
    throw taken(index, refused, owner?.key ?? []);
  });
  return { index: name, changed: owners.size };
}

/** Takes aliases away. Throws LtdError "input" for a question that is none. */
export async function removeAlias(
  database: Database,
  name: string,
  questions: readonly string[],
): Promise<AliasResult> {
  await requireSchema(database);
  await getIndex(database, name);
  const aliases = [...new Set(questions.map(aliasOf))];
  const changed = await database.transaction(async (tx) => {
    const removed = await removeAliases(tx, name, aliases);
    if (removed === aliases.length) return removed;
    throw new LtdError(
      "input",
      `${aliases.length - removed} of ${aliases.length} questions are no aliases in ${name}`,
      {
        hint: `see them: ltd-index alias list ${name}`,
      },
    );
  });
  return { index: name, changed };
}

/** The aliases of an index, or of one row, by key and question. */
export async function listAliases(database: Database, name: string, key?: RowKey): Promise<Alias[]> {
  await requireSchema(database);
  const index = await getIndex(database, name);
  return readAliases(database, name, key === undefined ? null : keyOf(index, key));
}

function aliasOf(question: string): string {
  const alias = bareText(question);
  if (alias !== "" && alias.length <= LONGEST) return alias;
  const why = alias === "" ? "has no letter or digit" : `has ${alias.length} letters and digits, more than ${LONGEST}`;
  throw new LtdError("input", `${JSON.stringify(question.slice(0, 60))} ${why}: it cannot be an alias`);
}

async function requireRows(database: Database, index: IndexRecord, wanted: readonly Alias[]): Promise<void> {
  const keys = [...new Map(wanted.map(({ key }): [string, Key] => [keyId(key), key])).values()];
  let found: Set<string>;
  try {
    const rows = await withFilter(index, (filtered) => readSource(database, filtered, keys));
    found = new Set(rows.map(({ key }) => keyId(key)));
  } catch (error) {
    if (!isDataError(error)) throw error;
    throw new LtdError("input", `a key is none of ${index.name}: ${(error as Error).message}`, { cause: error });
  }
  const missing = keys.find((key) => !found.has(keyId(key)));
  if (missing === undefined) return;
  throw new LtdError("input", `${index.schema}.${index.table} has no row ${missing.join(", ")} that is indexed`, {
    hint: "give the value of the key column; of a composite key a JSON array of the values",
  });
}

function taken({ name }: IndexRecord, { question }: Alias, owner: Key): LtdError {
  return new LtdError("input", `${JSON.stringify(question)} is an alias of the row ${owner.join(", ")} already`, {
    hint: `take it away first: ltd-index alias remove ${name} ${JSON.stringify(question)}`,
  });
}
