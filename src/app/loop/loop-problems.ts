import type { Database } from "../../db/database.ts";
import { sqlState } from "../../db/failure.ts";
import { readLoopProblems, type LoopProblems } from "../../db/loop/loop-problems.ts";

/** What is wrong with log and journal of an index, one sentence each. Nothing for a role that may not read them. */
export async function loopProblems(database: Database, name: string): Promise<string[]> {
  const { overdue, stuck, stray, unlike } = await readLoopProblems(database, name).catch(
    (error: unknown): LoopProblems => {
      if (sqlState(error) !== "42501") throw error;
      return { overdue: 0, stuck: 0, stray: 0, unlike: 0 };
    },
  );
  const says: [number, string][] = [
    [overdue, "logged questions are older than the log keeps: run ltd-index sync or log status on two days"],
    [stuck, "logged questions have waited in the inbox for a day: run ltd-index sync to file them"],
    [stray, "lines of the journal, or votes, belong to an index that no longer exists"],
    [unlike, "generations have other log settings than the live one: run ltd-index log on"],
  ];
  return says.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
}
