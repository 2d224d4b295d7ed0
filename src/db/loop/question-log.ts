import type { Database, Queryable } from "../database.ts";
import { statement } from "../statement/statement.ts";

/**
 * What the log hides in a question. The numbers of persons in China are `phones` and `ids`, every run of digits is
 * `digits`.
 */
export type Mask = "phones" | "ids" | "emails" | "digits";

/** What the question log of an index keeps; `ltd.index.question_log` holds it as JSON. */
export interface QuestionLogSettings {
  readonly on: boolean;
  /** Share of the questions that are logged, in (0, 1]. */
  readonly sample: number;
  /** Days, 1 to 3,650. */
  readonly keepDays: number;
  readonly mask: readonly Mask[];
  /** Stores a hash of the question's letters and digits instead of the question. */
  readonly hash: boolean;
  /** For the hash, so that no table of common questions fits. */
  readonly salt: string;
  /** Questions a day at most; more are counted and dropped. */
  readonly most: number;
  /** Votes of one voter a day at most. */
  readonly votes: number;
}

/** What a log holds now. */
export interface QuestionLogCounts {
  readonly questions: number;
  /** Asked, and not yet moved into their day. */
  readonly waiting: number;
  readonly oldest: Date | null;
  readonly newest: Date | null;
  readonly today: number;
  readonly droppedToday: number;
  /** Beyond the bound of their day. */
  readonly dropped: number;
  /** Dated after tomorrow: the clock of the server jumped. */
  readonly future: number;
  readonly votes: number;
}

/** A question as an asker sends it. */
export interface LoggedQuestion {
  readonly id: string;
  readonly question: string;
  /** Letters and digits of the question: see `bareText`. */
  readonly bare: string;
  readonly decision: string;
  readonly chance: number | null;
  /** Of the first row. */
  readonly key: readonly string[] | null;
  readonly similarity: number | null;
  /** Seconds since it was asked: the time is that of the server's clock. */
  readonly age: number;
}

/** The settings of an index's log; null: it was never on. */
export async function readQuestionLog(database: Queryable, name: string): Promise<QuestionLogSettings | null> {
  const [found] = await database.query<{ log: QuestionLogSettings | null }>(statement("loop/question-log"), [name]);
  return found?.log ?? null;
}

/** Keeps the settings of an index's log. */
export async function setQuestionLog(database: Queryable, name: string, log: QuestionLogSettings): Promise<void> {
  await database.query(statement("loop/set-question-log"), [name, JSON.stringify(log)]);
}

/** Counts what the log of an index holds; reads all of it. */
export async function countQuestions(database: Queryable, name: string): Promise<QuestionLogCounts> {
  const [counts] = await database.query<QuestionLogCounts>(statement("loop/question-log-counts"), [name]);
  return counts!;
}

/** Moves questions from the inbox into their days, and deletes those that are too old. */
export async function tendQuestions(database: Queryable): Promise<{ filed: number; dropped: number }> {
  const [done] = await database.query<{ filed: number; dropped: number }>(statement("loop/tend-questions"));
  return done!;
}

/** Writes questions into the log of an index, in one round trip, within 2 s. Returns how many were kept. */
export async function writeQuestions(
  database: Database,
  name: string,
  source: string,
  questions: readonly LoggedQuestion[],
): Promise<number> {
  const results = await database.pipeline([
    { text: statement("loop/write-questions-settings") },
    { text: statement("loop/log-questions"), parameters: [name, source, JSON.stringify(questions)] },
  ]);
  return (results[1] as { kept: number }[])[0]?.kept ?? 0;
}

/** Deletes the questions of an index's log and their votes. */
export async function clearQuestions(
  tx: Queryable,
  name: string,
): Promise<{ readonly questions: number; readonly votes: number }> {
  const [cleared] = await tx.query<{ questions: number; votes: number }>(statement("loop/clear-questions"), [name]);
  return cleared!;
}
