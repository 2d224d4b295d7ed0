import { setImmediate } from "node:timers/promises";
import { LiveIndex, type Generation } from "../app/live-index.ts";
import { askable } from "../app/askable.ts";
import { askIndex, type Asking } from "../app/open/asking.ts";
import { openFront } from "../app/open/find-front.ts";
import type { Front } from "../app/shards/front.ts";
import { QuestionLog } from "../app/loop/question-log.ts";
import type { Database } from "../db/database.ts";
import type { QueryPlan, RowFilter } from "../db/ask/read-index.ts";
import { getIndex } from "../db/indexes/find-index.ts";
import { requireSchema } from "../db/schema/migrate.ts";
import { LtdError } from "../errors.ts";
import { requireExact } from "../text/exact-number.ts";
import { configOf, withDatabase, type Context, type GlobalFlags } from "./context.ts";
import type { Format } from "./colour.ts";
import { readStdin, say, sayLate, sayPending, writeResult, writeRows } from "./output.ts";
import { t, translate } from "./language.ts";

/** Questions of standard input that are asked together at most. */
const TOGETHER = 64;

/**
 * Opens an index or a front to ask it, and says what waits for `sync`, and which shards do not answer. Throws an
 * LtdError "index" where there is nothing to find.
 */
export async function withAsking(
  context: Context,
  flags: GlobalFlags,
  name: string,
  work: (asking: Asking) => Promise<void>,
): Promise<void> {
  const { model, threads } = configOf(context, flags);
  await withDatabase(context, flags, async (database) => {
    await requireSchema(database);
    const front = await openFront(database, name, { model, threads }, sayLate(context, flags));
    if (front === undefined)
      return withLive(context, flags, database, name, (live, log) => work(askIndex(database, live, log)));
    const [{ askFront }, { ShardLogs }] = await Promise.all([
      import("../app/open/ask-front.ts"),
      import("../app/shards/logs.ts"),
    ]);
    const asking = askFront(front, new ShardLogs("cli"));
    try {
      await work(asking);
    } finally {
      await asking.close();
    }
  });
}

/** The same for what does not ask a person's questions. Reads the live generation of an index, or all shards. */
export async function withGeneration<T>(
  context: Context,
  flags: GlobalFlags,
  name: string,
  work: {
    index: (database: Database, generation: Generation) => Promise<T>;
    front: (front: Front) => Promise<T>;
  },
): Promise<T> {
  const { model, threads } = configOf(context, flags);
  return withDatabase(context, flags, async (database) => {
    await requireSchema(database);
    const front = await openFront(database, name, { model, threads }, sayLate(context, flags));
    if (front === undefined)
      return withLive(context, flags, database, name, (live) =>
        live.read((generation) => work.index(database, generation)),
      );
    try {
      return await work.front(front);
    } finally {
      await front.close();
    }
  });
}

async function withLive<T>(
  context: Context,
  flags: GlobalFlags,
  database: Database,
  name: string,
  work: (live: LiveIndex, log: QuestionLog) => Promise<T>,
): Promise<T> {
  const { model, threads } = configOf(context, flags);
  const index = await getIndex(database, name);
  const { pending, staleThresholds } = await askable(database, index);
  sayPending(context, flags, name, pending);
  if (staleThresholds !== null)
    say(context, flags, t`note: ${translate(staleThresholds)} (ltd-index calibrate ${name})`);
  const live = await LiveIndex.open(database, name, { model, threads }, index);
  const log = new QuestionLog(database, name, "cli");
  try {
    return await work(live, log);
  } finally {
    await log.flush();
    await live.close();
  }
}

/**
 * Asks the question of the arguments, joined by blanks. Without arguments, questions typed at a prompt where standard
 * input is a terminal, else the lines of standard input. Writes each result as soon as it is there.
 */
export async function askAll<Result>(
  context: Context,
  flags: GlobalFlags & { explain?: boolean },
  words: readonly string[],
  hint: string,
  ask: (questions: readonly string[]) => Promise<readonly Result[]>,
  render: (result: Result) => string,
  formatsOf: (result: Result) => readonly Format[],
): Promise<void> {
  const answer = async (questions: readonly string[]) => {
    for (const result of await ask(questions)) {
      // an explanation is printed whole
      const how = { whole: flags.explain === true, formats: formatsOf(result) };
      await writeResult(context, flags, result, render, (text) => writeRows(context, flags, text, how));
    }
  };
  if (words.length > 0) return answer([words.join(" ")]);
  if (canPrompt(context)) {
    const { promptQuestions } = await import("./prompt.ts");
    for await (const question of promptQuestions(context, flags)) await answer([question]);
    return;
  }
  for await (const questions of together(readStdin(context, flags, `ask one question: ${hint}`)))
    await answer(questions.filter((line) => line.trim() !== ""));
}

/** Whether a person can be asked: stdin is a keyboard, and the prompt on stderr can be seen. */
function canPrompt({ stdin, stderr }: Context): boolean {
  return (stdin as { isTTY?: boolean }).isTTY === true && stderr.isTTY === true;
}

/** The lines read so far, in chunks: an unfinished line holds up none of them. */
async function* together(lines: AsyncIterable<string>): AsyncGenerator<string[]> {
  const iterator = lines[Symbol.asyncIterator]();
  let next = iterator.next();
  for (;;) {
    const first = await next;
    if (first.done) return;
    const batch = [first.value];
    next = iterator.next();
    while (batch.length < TOGETHER) {
      const more = await Promise.race([next, setImmediate(undefined)]);
      if (more === undefined || more.done) break;
      batch.push(more.value);
      next = iterator.next();
    }
    yield batch;
  }
}

/** What `--where` says: a condition in SQL, or the JSON that a row must contain. */
export function parseWhere(where: string | undefined): RowFilter {
  if (where === undefined) return {};
  if (!where.trimStart().startsWith("{")) return { where };
  try {
    return { filter: JSON.parse(where, requireExact) as Record<string, unknown> };
  } catch (cause) {
    if (cause instanceof RangeError) {
      throw new LtdError("usage", `--where has a number beyond 2^53: ${cause.message}`, {
        hint: "write it as a string, which is compared with all its digits",
      });
    }
    throw new LtdError("usage", `--where is neither a condition nor JSON: ${where}`, {
      hint: `--where "category = 'payment'", or --where '{"category": "payment"}'`,
      cause,
    });
  }
}

/** What `--explain` says of Postgres' plan. */
export function renderPlan(plan: QueryPlan | null): string[] {
  if (plan === null) return [];
  const { indexes, lines } = plan;
  return [t`  indexes: ${indexes.join(", ") || t`none: all rows were read`}`, ...lines.map((line) => `  ${line}`)];
}
