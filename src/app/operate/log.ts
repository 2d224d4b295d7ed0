import { randomBytes } from "node:crypto";
import type { Database } from "../../db/database.ts";
import {
  clearQuestions,
  countQuestions,
  readQuestionLog,
  setQuestionLog,
  tendQuestions,
  type Mask,
  type QuestionLogCounts,
  type QuestionLogSettings,
} from "../../db/loop/question-log.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { LtdError } from "../../errors.ts";
import { requireWhole } from "../../range.ts";
import { onEveryIndex } from "./every-index.ts";

/** What {@link setLog} keeps of the questions; what is left out stays as it was, or has its default. */
export interface LogOptions {
  /** Share of the questions, in (0, 1]. Default 1. */
  sample?: number;
  /** Days, 1 to 3,650. Default 30. */
  keepDays?: number;
  /** What is hidden: replaced by `***`. Default: `phones` and `ids`. */
  mask?: readonly Mask[];
  /** Keep a hash of the letters and digits in place of the question. Default false. */
  hash?: boolean;
  /** Questions a day, 1 to 100,000,000. Default 100,000. */
  mostADay?: number;
  /** Votes of one voter a day, 1 to 1,000,000. Default 100. */
  votesADay?: number;
}

/** The question log of an index. */
export interface LogStatus extends QuestionLogCounts {
  readonly index: string;
  readonly isOn: boolean;
  /** Null: it was never on. */
  readonly settings: Omit<QuestionLogSettings, "on" | "salt"> | null;
}

/** Everything that can be masked, the defaults first. */
export const MASKS: readonly Mask[] = ["phones", "ids", "emails", "digits"];
const DEFAULTS = { sample: 1, keepDays: 30, mask: ["phones", "ids"], hash: false, most: 100_000, votes: 100 } as const;

/**
 * Turns the question log of an index on. From the next question on, library, CLI, `serve` and `ltd.match` write what is
 * asked. Of a front, each question is logged on one of its shards, and the bounds for a day hold for each shard.
 *
 * @throws {LtdError} "usage" for a setting out of range, "index" when there is none of this name
 * @example
 * const database = await openDatabase();
 * await setLog(database, "faq", { keepDays: 90, mask: ["phones", "ids", "emails"] });
 */
export async function setLog(database: Database, name: string, options: LogOptions = {}): Promise<LogStatus> {
  await requireSchema(database);
  const logs = await onEveryIndex(database, name, (there, index) => readQuestionLog(there, index.name));
  // of a front, a shard that was added since has none
  const before = logs.find((log) => log !== null);
  const { sample, keepDays, mask, hash, mostADay: most, votesADay: votes } = options;
  const given = Object.entries({ sample, keepDays, mask, hash, most, votes }).filter(
    ([, value]) => value !== undefined,
  );
  const log: QuestionLogSettings = {
    salt: randomBytes(16).toString("hex"),
    ...DEFAULTS,
    ...before,
    ...(Object.fromEntries(given) as Partial<QuestionLogSettings>),
    on: true,
  };
  if (!(log.sample > 0 && log.sample <= 1))
    throw new LtdError("usage", `sample is ${log.sample}, but must be above 0 and at most 1`);
  requireWhole("keepDays", log.keepDays, 1, 3_650);
  requireWhole("mostADay", log.most, 1, 100_000_000);
  requireWhole("votesADay", log.votes, 1, 1_000_000);
  const unknown = log.mask.find((each) => !MASKS.includes(each));
  if (unknown !== undefined)
    throw new LtdError("usage", `${JSON.stringify(unknown)} cannot be masked`, {
      hint: `what can be: ${MASKS.join(", ")}`,
    });
  await onEveryIndex(database, name, (there, index) => setQuestionLog(there, index.name, log));
  return logStatus(database, name);
}

/**
 * Turns the question log of an index off: nothing more is stored. What is there stays until it is too old, or {@link
 * clearLog}.
 *
 * @example
 * const database = await openDatabase();
 * await stopLog(database, "faq"); // what is stored stays
 */
export async function stopLog(database: Database, name: string): Promise<LogStatus> {
  await requireSchema(database);
  await onEveryIndex(database, name, async (there, index) => {
    const before = await readQuestionLog(there, index.name);
    if (before !== null) await setQuestionLog(there, index.name, { ...before, on: false });
  });
  return logStatus(database, name);
}

/**
 * What the log of an index keeps and holds. Moves questions that wait into their days, and deletes those that are too
 * old.
 *
 * @throws {LtdError} "index" when there is none of this name
 * @example
 * const database = await openDatabase();
 * console.log(await logStatus(database, "faq"));
 */
export async function logStatus(database: Database, name: string): Promise<LogStatus> {
  await requireSchema(database);
  const logs = await onEveryIndex(database, name, async (there, index) => {
    await tendQuestions(there);
    return { log: await readQuestionLog(there, index.name), counts: await countQuestions(there, index.name) };
  });
  const kept = logs.flatMap(({ log }) => log ?? []);
  const [log = null] = kept.toSorted((one, other) => Number(other.on) - Number(one.on));
  const { on = false, salt: _secret, ...settings } = log ?? {};
  return {
    index: name,
    isOn: on,
    settings: log && (settings as LogStatus["settings"]),
    ...addCounts(logs.map(({ counts }) => counts)),
  };
}

/** What several logs hold together. */
function addCounts(all: readonly QuestionLogCounts[]): QuestionLogCounts {
  const sum = (of: Exclude<keyof QuestionLogCounts, "oldest" | "newest">) =>
    all.reduce((total, each) => total + each[of], 0);
  const days = (of: "oldest" | "newest") =>
    all.flatMap((each) => each[of] ?? []).sort((one, other) => one.getTime() - other.getTime());
  return {
    questions: sum("questions"),
    waiting: sum("waiting"),
    oldest: days("oldest")[0] ?? null,
    newest: days("newest").at(-1) ?? null,
    today: sum("today"),
    droppedToday: sum("droppedToday"),
    dropped: sum("dropped"),
    future: sum("future"),
    votes: sum("votes"),
  };
}

/**
 * Deletes the logged questions of an index and the votes for them. Journal, wordings and drafts stay.
 *
 * @example
 * const database = await openDatabase();
 * const { questions } = await clearLog(database, "faq");
 */
export async function clearLog(database: Database, name: string): Promise<{ questions: number; votes: number }> {
  await requireSchema(database);
  const cleared = await onEveryIndex(database, name, (there, index) => clearQuestions(there, index.name));
  return cleared.reduce((one, other) => ({
    questions: one.questions + other.questions,
    votes: one.votes + other.votes,
  }));
}
