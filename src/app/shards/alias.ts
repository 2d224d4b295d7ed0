import { readAliases, removeAliases, type Alias } from "../../db/ask/alias.ts";
import type { Database } from "../../db/database.ts";
import type { Key } from "../../db/index-record.ts";
import { findFront, type FrontRecord } from "../../db/indexes/front.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { keyId } from "../../db/statement/key.ts";
import { lockName } from "../../db/statement/lock-name.ts";
import { groupBy } from "../../group-by.ts";
import { findConflicts, type AliasCheck } from "../ask/alias-check.ts";
import { clashError, clashesAmong, type Clash } from "../ask/alias-clash.ts";
import * as one from "../ask/alias.ts";
import { aliasOf, toAliases, type AliasResult, type WantedAlias } from "../ask/alias.ts";
import { keyOf, type RowKey } from "../row-key.ts";
import { readTexts } from "../row-text.ts";
import { searchableFront } from "./ask.ts";
import { allOf, inEach, onEachShard, withShards } from "./each.ts";
import type { Front } from "./front.ts";
import { openParts, type ReadShard } from "./rows.ts";

/**
 * Adds aliases or negative questions to rows. A question that equals an alias (punctuation aside) gets its row as the
 * answer at once. Aliases also enter the meaning of the row; negative questions keep it from answering what means the
 * same. Both take effect with the next `sync`, for which exactly these rows are queued. All or nothing.
 *
 * Of a front they are written on the shards that have the rows; all shards must answer.
 * @throws {LtdError} "input" for a question without a letter or digit or with more than 500, for a row that is not in
 *   the table, for an alias
 *   of another row, and for a negative question that is an alias or the text of its row, or the other way round
 * @example
 * const database = await openDatabase();
 * await addAlias(database, "faq", [
 *   { key: 17, question: "白条啥时候还" },
 *   { key: 17, question: "怎么提前还款", isNegative: true },
 * ]);
 */
export async function addAlias(database: Database, name: string, wanted: readonly WantedAlias[]): Promise<AliasResult> {
  await requireSchema(database);
  const front = await findFront(database, name);
  if (front === undefined) return one.addAlias(database, name, wanted);
  return changing(database, front, async (parts) => {
    const given = await atHome(name, parts, wanted);
    const [clash] = await clashesOn(parts, given);
    if (clash !== undefined) throw clashError(front, clash);
    const homes = [...groupBy(given, ({ home }) => home)];
    const databases = homes.map(([home]) => home.database);
    const changed = await inEach(databases, async (txs) => {
      let written = 0;
      for (const [at, [{ record }, own]] of homes.entries()) written += await one.writeAliases(txs[at]!, record, own);
      return written;
    });
    return { index: name, changed };
  });
}

/**
 * Removes aliases (with `isNegative`: negative questions) from whichever rows have them. Queues these rows. Of a front,
 * all shards must answer.
 * @throws {LtdError} "input" for a question that is none: nothing is removed then
 * @example
 * const database = await openDatabase();
 * await removeAlias(database, "faq", ["白条啥时候还"]);
 */
export async function removeAlias(
  database: Database,
  name: string,
  questions: readonly string[],
  options: { isNegative?: boolean } = {},
): Promise<AliasResult> {
  await requireSchema(database);
  const front = await findFront(database, name);
  if (front === undefined) return one.removeAlias(database, name, questions, options);
  const { isNegative = false } = options;
  const aliases = [...new Set(questions.map(aliasOf))];
  return changing(database, front, async (parts) => {
    const databases = parts.map(({ database: there }) => there);
    const gone = await inEach(databases, async (txs) => {
      const all: Pick<Alias, "alias" | "key">[] = [];
      for (const [at, { record }] of parts.entries()) {
        const own = await removeAliases(txs[at]!, record.name, aliases, isNegative);
        await one.enqueueRows(txs[at]!, record.name, own);
        all.push(...own);
      }
      one.requireGone(name, aliases, all, isNegative);
      return all;
    });
    return { index: name, changed: gone.length };
  });
}

/**
 * The aliases and negative questions of an index, or of one row, by key; aliases first. Of a front, those of all
 * shards, which must all answer.
 *
 * @example
 * const database = await openDatabase();
 * for (const { key, question } of await listAliases(database, "faq")) console.log(key, question);
 */
export async function listAliases(database: Database, name: string, key?: RowKey): Promise<Alias[]> {
  await requireSchema(database);
  const front = await findFront(database, name);
  if (front === undefined) return one.listAliases(database, name, key);
  const found = await withShards(database, front, async (shards) =>
    allOf(
      await onEachShard(shards, (there, record) =>
        readAliases(there, record.name, key === undefined ? null : [keyOf({ name, key: record.key }, key)]),
      ),
    ),
  );
  return found.flat().sort(inOrder);
}

/** As one database gives them: by the bytes of key and question, aliases first. */
function inOrder(left: Alias, right: Alias): number {
  const bytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
  const byKey = left.key.map((part, at) => bytes(part, right.key[at]!)).find((order) => order !== 0);
  return byKey ?? (Number(left.isNegative) - Number(right.isNegative) || bytes(left.question, right.question));
}

/** Checks wordings over all shards, which must all answer: see `checkAliases`. */
export async function checkAliasesFront(
  front: Front,
  wanted: readonly WantedAlias[],
  signal?: AbortSignal,
): Promise<AliasCheck> {
  const parts = await openParts(front.shards);
  const aliases = (await atHome(front.name, parts, wanted)).map((alias, at) => ({ ...alias, at }));
  const checked = { index: front.name, aliases, clashes: await clashesOn(parts, aliases) };
  return front.read((state) => findConflicts(checked, searchableFront(front, state, { needsAll: true }), signal));
}

/** An alias, and the shard that has its row. */
export type AtHome = Alias & { readonly home: ReadShard };

/** Runs a change of the aliases of a front. Others that change them wait, so that no alias comes to two shards. */
export function changing<T>(
  database: Database,
  front: FrontRecord,
  work: (parts: readonly ReadShard[]) => Promise<T>,
): Promise<T> {
  return withShards(database, front, async (shards) => {
    const parts = await openParts(shards);
    return database.transaction(async (tx) => {
      await lockName(tx, `ltd.alias.${front.name}`);
      return work(parts);
    });
  });
}

/** Aliases with the keys that their rows have, and where these are. Throws LtdError "input" for one that is nowhere. */
export async function atHome(
  name: string,
  parts: readonly ReadShard[],
  wanted: readonly WantedAlias[],
): Promise<AtHome[]> {
  const given = toAliases({ name, key: parts[0]!.record.key }, wanted);
  const found = new Map<string, { key: Key; home: ReadShard }>();
  await Promise.all(
    parts.map(async (home) => {
      for (const [id, key] of await one.rowKeysOf(home.database, home.record, given)) found.set(id, { key, home });
    }),
  );
  return given.map((alias) => {
    const row = found.get(keyId(alias.key));
    if (row === undefined) throw one.noRow(parts[0]!.record, alias.key);
    return { ...alias, ...row };
  });
}

/** Those that clash with each other, or with what any shard has. */
export async function clashesOn<Wanted extends AtHome>(
  parts: readonly ReadShard[],
  given: readonly Wanted[],
): Promise<Clash<Wanted>[]> {
  const stored = await Promise.all(parts.map(({ database, record }) => readAliases(database, record.name, null)));
  const texts = await Promise.all(
    [...groupBy(given, ({ home }) => home)].map(([{ database, record }, own]) =>
      readTexts(
        database,
        record,
        own.filter(({ isNegative }) => isNegative).map(({ key }) => key),
      ),
    ),
  );
  return clashesAmong(given, stored.flat(), new Map(texts.flatMap((some) => [...some])));
}
