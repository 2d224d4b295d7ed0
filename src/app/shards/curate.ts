import type { Database } from "../../db/database.ts";
import { getIndex } from "../../db/indexes/find-index.ts";
import { findFront, type FrontRecord } from "../../db/indexes/front.ts";
import type { Curation } from "../../db/loop/curation.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { LtdError } from "../../errors.ts";
import { requireWhole } from "../../range.ts";
import { bareText } from "../../text/normalize.ts";
import { clashError } from "../ask/alias-clash.ts";
import { acceptVotes } from "../loop/accept-voted.ts";
import * as one from "../loop/curate.ts";
import { requireQuestions, type CurateOptions, type CurateResult, type UndoResult } from "../loop/curate.ts";
import { readLabels, type LoopLabel } from "../loop/labels.ts";
import { loopReader, type LoopReader } from "../loop/reader.ts";
import type { RowKey } from "../row-key.ts";
import { atHome, changing, clashesOn } from "./alias.ts";
import { withShards } from "./each.ts";
import { chooseShard } from "./logs.ts";
import { loopOfShards } from "./loop.ts";
import type { ReadShard } from "./rows.ts";

/**
 * Makes questions further wordings of a row: asked again, they are answered by it at once. They enter its vector with
 * the next `sync`. Wordings and journal are written in one transaction; of a front on the shard that has the row, and
 * all shards must answer.
 *
 * @throws {LtdError} "input" for a row that is gone, a question of another row, or when all of them are wordings of the
 *   row already
 * @example
 * const database = await openDatabase();
 * const { id } = await accept(database, "faq", 17, ["白条啥时候还"], { by: "anna" });
 * await undo(database, "faq", { id, by: "anna" });
 */
export function accept(
  database: Database,
  name: string,
  key: RowKey,
  questions: readonly string[],
  options: CurateOptions = {},
): Promise<CurateResult> {
  return give(database, name, "accept", key, questions, options);
}

/**
 * Makes questions negative: the row no longer answers what means the same, from the next `sync` on. Throws as {@link
 * accept} does.
 *
 * @example
 * const database = await openDatabase();
 * await reject(database, "faq", 17, ["怎么提前还款"]);
 */
export function reject(
  database: Database,
  name: string,
  key: RowKey,
  questions: readonly string[],
  options: CurateOptions = {},
): Promise<CurateResult> {
  return give(database, name, "reject", key, questions, options);
}

async function give(
  database: Database,
  name: string,
  action: "accept" | "reject",
  key: RowKey,
  questions: readonly string[],
  options: CurateOptions,
): Promise<CurateResult> {
  requireQuestions(questions);
  await requireSchema(database);
  const front = await findFront(database, name);
  if (front === undefined) return one.giveRow(database, name, action, key, questions, options);
  const isNegative = action === "reject";
  return changing(database, front, async (parts) => {
    const wanted = questions.map((question) => ({ key, question, isNegative }));
    const given = await atHome(name, parts, wanted);
    const [clash] = await clashesOn(parts, given);
    if (clash !== undefined) throw clashError(front, clash);
    const { home } = given[0]!;
    return lineOf(name, home, await one.giveRow(home.database, home.record.name, action, key, questions, options));
  });
}

/** What was done on a shard, as done on the front: lines of the journal are called by their shard. */
function lineOf<Done extends CurateResult>(name: string, { shard }: ReadShard, done: Done): Done {
  return { ...done, index: name, id: `${shard}/${done.id}` };
}

/**
 * Keeps questions as the draft of a row to write, or marks them as not to be answered. From then on `gaps` leaves them
 * out. Of a front, one of its shards keeps them.
 * @throws {LtdError} "input" for a question without a letter or digit
 * @example
 * const database = await openDatabase();
 * await setAside(database, "faq", "draft", ["可以开发票吗"]);
 */
export async function setAside(
  database: Database,
  name: string,
  action: "draft" | "dismiss",
  questions: readonly string[],
  options: CurateOptions = {},
): Promise<CurateResult> {
  requireQuestions(questions);
  await requireSchema(database);
  const front = await findFront(database, name);
  if (front === undefined) return one.setAside(database, name, action, questions, options);
  return changing(database, front, async (parts) => {
    const home = chooseShard(bareText(questions[0]!), parts)!;
    return lineOf(name, home, await one.setAside(home.database, home.record.name, action, questions, options));
  });
}

/**
 * Undoes one line of the journal, by default the last that stands. Removes exactly the wordings that it added. One that
 * was removed by hand since, or given to another row, is left as it is.
 * @throws {LtdError} "input" for a line that is not there, or was undone already
 * @example
 * const database = await openDatabase();
 * await undo(database, "faq"); // takes back the last line of the journal
 */
export async function undo(
  database: Database,
  name: string,
  options: { id?: string; by?: string } = {},
): Promise<UndoResult> {
  await requireSchema(database);
  const front = await findFront(database, name);
  if (front === undefined) return one.undo(database, name, options);
  const id = options.id ?? (await lastOf(database, front));
  return changing(database, front, async (parts) => {
    const [shard, line] = id.split("/");
    const home = parts.find((each) => each.shard === shard);
    if (home === undefined || line === undefined)
      throw new LtdError("usage", `the journal has no line ${JSON.stringify(id)}`, {
        hint: `see ltd-index journal ${name}`,
      });
    return lineOf(name, home, await one.undo(home.database, home.record.name, { ...options, id: line }));
  });
}

/** The last line that stands on any shard. */
async function lastOf(database: Database, front: FrontRecord): Promise<string> {
  const [last] = await readingShards(database, front, (reader) => reader.curations({ standing: true, limit: 1 }));
  if (last !== undefined) return last.id;
  throw new LtdError("input", `the journal of ${front.name} has nothing to undo`, {
    hint: `see ltd-index journal ${front.name}`,
  });
}

/**
 * Accepts every question that voters assign to a row, by at least `least` votes more than against it. The default is 2;
 * each row gets one line of the journal. Questions that cannot be wordings of their row, as another row has them, are
 * passed over.
 * @throws {LtdError} "usage" for `least` out of range
 * @example
 * const database = await openDatabase();
 * await acceptVoted(database, "faq", { least: 3 });
 */
export async function acceptVoted(
  database: Database,
  name: string,
  { least = 2, ...options }: { least?: number; by?: string } = {},
): Promise<CurateResult[]> {
  requireWhole("least", least, 1, 1_000_000);
  const votes = await reading(database, name, (reader) => reader.votedQuestions());
  return acceptVotes(votes, least, (key, questions) =>
    accept(database, name, key, questions, { ...options, origin: "feedback" }),
  );
}

/**
 * Lines of the journal of an index, the newest first. `limit`: 1 to 100,000, default 100. Of a front those of all
 * shards.
 *
 * @example
 * const database = await openDatabase();
 * for (const { action, questions } of await journal(database, "faq")) console.log(action, questions);
 */
export function journal(
  database: Database,
  name: string,
  { limit = 100, standing = false }: { limit?: number; standing?: boolean } = {},
): Promise<Curation[]> {
  requireWhole("limit", limit, 1, 100_000);
  return reading(database, name, (reader) => reader.curations({ limit, standing }));
}

/**
 * The labels that journal and feedback of an index give: what `calibrate` and `tune` learn from. Of a question and a
 * row that both speak of, the journal is right; rows that are gone are left out. Of a front those of all shards.
 *
 * @example
 * const database = await openDatabase();
 * for (const { question, key } of await loopLabels(database, "faq")) console.log(question, key);
 */
export function loopLabels(database: Database, name: string): Promise<LoopLabel[]> {
  return reading(database, name, readLabels);
}

/** Reads log, votes and journal of an index, or of all shards of a front, which must all answer. */
async function reading<T>(database: Database, name: string, work: (reader: LoopReader) => Promise<T>): Promise<T> {
  await requireSchema(database);
  const front = await findFront(database, name);
  return front === undefined
    ? work(loopReader(database, await getIndex(database, name)))
    : readingShards(database, front, work);
}

function readingShards<T>(
  database: Database,
  front: FrontRecord,
  work: (reader: LoopReader) => Promise<T>,
): Promise<T> {
  return withShards(database, front, (shards) => work(loopOfShards(front.name, shards, front.fingerprint)));
}
