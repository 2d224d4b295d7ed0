import type { Queryable } from "../database.ts";
import type { Key } from "../index-record.ts";
import { statement } from "../statement/statement.ts";

/** A question of the log that found no sure answer, or whose answer did not help. */
export interface GapQuestion {
  readonly question: string;
  /** Times. */
  readonly asked: number;
  /** Times with the decision none, and suggest. */
  readonly none: number;
  readonly suggest: number;
  readonly last: Date;
  /** Of the last time it was asked. */
  readonly lastId: string;
  /** Rows that were given and did not help, with their votes. */
  readonly against: readonly (readonly [Key, number])[];
  /** Rows that voters took, with their votes. */
  readonly chosen: readonly (readonly [Key, number])[];
  /** All such questions, before the limit. */
  readonly total: number;
}

/** The most asked of such questions. Reads the log of the index from `since` on. */
export function readGapQuestions(
  database: Queryable,
  name: string,
  since: Date | null,
  limit: number,
): Promise<GapQuestion[]> {
  return database.query<GapQuestion>(statement("loop/gap-questions"), [name, since, limit]);
}

/** A question of the log, and whether it was answered the first time. */
export interface AskedOnce {
  readonly question: string;
  readonly isAnswered: boolean;
}

/** The different questions in the log of an index. */
export function readAskedQuestions(database: Queryable, name: string): Promise<AskedOnce[]> {
  return database.query<AskedOnce>(statement("loop/asked-questions"), [name]);
}

/** What voters say of a question and a row. */
export interface VotedQuestion {
  readonly question: string;
  readonly key: Key;
  /** Votes for it minus votes against it; never 0. */
  readonly score: number;
}

/** What the votes say, question by question. */
export function readVotedQuestions(database: Queryable, name: string): Promise<VotedQuestion[]> {
  return database.query<VotedQuestion>(statement("loop/voted-questions"), [name]);
}
