import type { Alias } from "../../db/ask/alias.ts";
import { readAliases } from "../../db/ask/alias.ts";
import type { Database, Queryable } from "../../db/database.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import { getIndex } from "../../db/indexes/find-index.ts";
import {
  addCuration,
  listCurations,
  markUndone,
  takeBack,
  type Curation,
  type CurationAction,
} from "../../db/loop/curation.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { keyId } from "../../db/statement/key.ts";
import { lockName } from "../../db/statement/lock-name.ts";
import { LtdError } from "../../errors.ts";
import { aliasOf, enqueueRows, toAliases, withRowKeys, writeAliases } from "../ask/alias.ts";
import type { RowKey } from "../row-key.ts";

/** Settings of what a curator does. */
export interface CurateOptions {
  /** Who does it, as the journal says it. Default: the role of the database session. */
  by?: string;
  /** Where the questions came from, as the journal says it: `gaps`. */
  origin?: string;
}

/** What a curator did. */
export interface CurateResult {
  readonly index: string;
  /** Of the line in the journal, for `undo`. */
  readonly id: string;
  readonly action: CurationAction;
  /** Questions that it added. */
  readonly questions: readonly string[];
}

/** What {@link undo} did. */
export interface UndoResult extends CurateResult {
  /** Questions that were still there, and were taken back. */
  readonly taken: number;
}

/** Makes questions wordings of a row of one database, or negative ones; see src/app/shards/curate.ts. */
export async function giveRow(
  database: Database,
  name: string,
  action: "accept" | "reject",
  key: RowKey,
  questions: readonly string[],
  { by, origin }: CurateOptions,
): Promise<CurateResult> {
  requireQuestions(questions);
  await requireSchema(database);
  const index = await getIndex(database, name);
  const isNegative = action === "reject";
  const wanted = distinct(
    await withRowKeys(
      database,
      index,
      toAliases(
        index,
        questions.map((question) => ({ key, question, isNegative })),
      ),
    ),
  );
  return inJournal(database, name, async (tx) => {
    const added = await withoutStored(tx, index, wanted);
    await writeAliases(tx, index, added);
    return record(tx, name, action, added, { by, origin });
  });
}

/** Keeps or dismisses questions; see `setAside` of src/app/shards/curate.ts. */
export async function setAside(
  database: Database,
  name: string,
  action: "draft" | "dismiss",
  questions: readonly string[],
  { by, origin }: CurateOptions = {},
): Promise<CurateResult> {
  requireQuestions(questions);
  await requireSchema(database);
  await getIndex(database, name);
  const given = distinct(
    questions.map((question) => ({ key: [], question, alias: aliasOf(question), isNegative: false })),
  );
  return inJournal(database, name, (tx) => record(tx, name, action, given, { by, origin }));
}

/** Undoes a line of the journal; see `undo` of src/app/shards/curate.ts. */
export async function undo(
  database: Database,
  name: string,
  { id, by }: { id?: string; by?: string } = {},
): Promise<UndoResult> {
  await requireSchema(database);
  const index = await getIndex(database, name);
  if (id !== undefined && !/^[0-9]{1,18}$/.test(id))
    throw new LtdError("usage", `the journal has no line ${JSON.stringify(id)}`, {
      hint: hintOf(name),
    });
  return inJournal(database, name, async (tx) => {
    const [line] = await listCurations(tx, name, id === undefined ? { standing: true, limit: 1 } : { id });
    if (line === undefined) {
      const what = id === undefined ? "nothing to undo" : `no line ${id}`;
      throw new LtdError("input", `the journal of ${name} has ${what}`, { hint: hintOf(name) });
    }
    if (line.undoneAt !== null)
      throw new LtdError(
        "input",
        `line ${line.id} of the journal of ${name} was undone already, by ${line.undoneBy} at ${line.undoneAt.toISOString()}`,
        { hint: `to do it again, accept the questions again; ${hintOf(name)}` },
      );
    const taken = await restore(tx, index, line);
    await markUndone(tx, line.id, by ?? null);
    return { index: name, id: line.id, action: line.action, questions: line.questions, taken };
  });
}

/** Takes back what a line added, where the row still has it; returns how many questions that were. */
async function restore(
  tx: Queryable,
  { name }: IndexRecord,
  { action, key, questions, wordings }: Curation,
): Promise<number> {
  if (key === null) return questions.length;
  const taken = await takeBack(tx, name, key, wordings, action === "reject");
  if (taken > 0) await enqueueRows(tx, name, [{ key }]);
  return taken;
}

/** Runs `work` while holding the journal of the index. The second of two curators sees what the first did. */
function inJournal<T>(database: Database, name: string, work: (tx: Queryable) => Promise<T>): Promise<T> {
  return database.transaction(async (tx) => {
    await lockName(tx, `ltd.curation.${name}`);
    return work(tx);
  });
}

async function record(
  tx: Queryable,
  name: string,
  action: CurationAction,
  given: readonly Alias[],
  { by, origin }: { by?: string | undefined; origin?: string | undefined },
): Promise<CurateResult> {
  const questions = given.map(({ question }) => question);
  const wordings = given.map(({ alias }) => alias);
  const key = action === "accept" || action === "reject" ? given[0]!.key : null;
  const id = await addCuration(tx, name, {
    action,
    key,
    questions,
    wordings,
    origin: origin ?? null,
    doneBy: by ?? null,
  });
  return { index: name, id, action, questions };
}

/** Those that the row does not have yet. Throws LtdError "input" where it has them all. */
async function withoutStored(tx: Queryable, index: IndexRecord, wanted: readonly Alias[]): Promise<Alias[]> {
  const [{ key, isNegative } = { key: [], isNegative: false }] = wanted;
  const stored = (await readAliases(tx, index.name, [key])).filter(
    (each) => each.isNegative === isNegative && keyId(each.key) === keyId(key),
  );
  const has = new Set(stored.map(({ alias }) => alias));
  const added = wanted.filter(({ alias }) => !has.has(alias));
  if (added.length > 0) return added;
  const [first] = wanted;
  const what = isNegative ? "a negative question" : "a wording";
  throw new LtdError("input", `${JSON.stringify(first?.question)} is ${what} of the row ${key.join(", ")} already`, {
    hint: `another curator may have just accepted it: ${hintOf(index.name)}`,
  });
}

/** Throws LtdError "usage" for no question. */
export function requireQuestions(questions: readonly string[]): void {
  if (!Array.isArray(questions) || questions.length === 0)
    throw new LtdError("usage", "there is no question", { hint: "give one or more" });
}

function distinct(given: readonly Alias[]): Alias[] {
  return [...new Map(given.map((each) => [each.alias, each])).values()];
}

function hintOf(name: string): string {
  return `see ltd-index journal ${name}`;
}
