import { captureProblems, childProblem } from "../db/capture/capture-problems.ts";
import type { Queryable } from "../db/database.ts";
import type { IndexRecord } from "../db/index-record.ts";

/**
 * Why changes of the table of an index are not seen, one sentence each. Empty where all is well, or the table is gone.
 */
export async function problemsOf(database: Queryable, index: IndexRecord): Promise<string[]> {
  if (!index.sourceExists) return [];
  const children = await childProblem(database, index);
  return [...(await captureProblems(database, index)), ...(children === null ? [] : [children])];
}
