import { readAliases, removeAliases } from "../ask/alias.ts";
import type { Database, Queryable } from "../database.ts";
import type { IndexRecord } from "../index-record.ts";
import { statement } from "../statement/statement.ts";
import type { OwnParts } from "./own-parts.ts";
import { deleteCurations } from "../loop/curation.ts";
import { readWeights } from "./weight.ts";

/** What is left of an index that was removed, for one of its name. */
export interface Kept extends OwnParts {
  readonly name: string;
  /** Of the key that aliases and negative questions belong to. */
  readonly keyTypes: readonly string[];
}

/** What was kept of removed indexes, or of one: see {@link keepParts}. */
export function listKept(database: Queryable, name: string | null = null): Promise<Kept[]> {
  return database.query<Kept>(statement("indexes/list-kept"), [name]);
}

/** Counts what an index has of its own. */
export async function countParts(tx: Queryable, live: IndexRecord): Promise<OwnParts> {
  const questions = await readAliases(tx, live.name, null);
  const negatives = questions.filter(({ isNegative }) => isNegative).length;
  return {
    aliases: questions.length - negatives,
    negatives,
    weights: (await readWeights(tx, live)).size,
    thresholds: live.answerThreshold !== null || live.suggestThreshold !== null || live.answerMargin !== null,
  };
}

/**
 * Keeps weights and thresholds of a live generation by the name of its index, before it is dropped. Aliases and
 * negative questions lie by name.
 */
export async function keepParts(tx: Queryable, live: IndexRecord): Promise<void> {
  await tx.query(statement("indexes/keep-index"), [live.id]);
}

/** Gives a new index what was kept of one of its name. */
export async function takeKept(tx: Queryable, index: Pick<IndexRecord, "id">): Promise<void> {
  await tx.query(statement("indexes/take-kept"), [index.id]);
}

/** Deletes aliases and negative questions of an index. */
export async function deleteQuestions(tx: Queryable, name: string): Promise<void> {
  await removeAliases(tx, name, null, false);
  await removeAliases(tx, name, null, true);
}

/** Deletes what was kept of an index. */
export async function forgetKept(database: Database, name: string): Promise<void> {
  await database.transaction(async (tx) => {
    await deleteQuestions(tx, name);
    await deleteCurations(tx, name);
    await tx.query(statement("indexes/forget-kept"), [name]);
  });
}
