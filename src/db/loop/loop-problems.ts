import type { Queryable } from "../database.ts";
import { statement } from "../statement/statement.ts";

/** What can be wrong with log and journal of an index: counts. */
export interface LoopProblems {
  /** Questions that are older than the log keeps, by two days. */
  readonly overdue: number;
  /** Questions that nothing has taken from the inbox for a day. */
  readonly stuck: number;
  /** Lines of the journal, and votes, of indexes that are gone. */
  readonly stray: number;
  /** Generations whose log has other settings than that of the live one. */
  readonly unlike: number;
}

/** Counts what is wrong. Needs the rights of the worker. */
export async function readLoopProblems(database: Queryable, name: string): Promise<LoopProblems> {
  const [found] = await database.query<LoopProblems>(statement("loop/loop-problems"), [name]);
  return found ?? { overdue: 0, stuck: 0, stray: 0, unlike: 0 };
}
