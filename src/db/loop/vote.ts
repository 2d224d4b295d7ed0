import type { Queryable } from "../database.ts";
import type { Key } from "../index-record.ts";
import { statement } from "../statement/statement.ts";

/**
 * Writes a vote for the answer to a logged question. Fails with P0002 without such a question, 54000 beyond the voter's
 * bound.
 */
export async function addVote(
  database: Queryable,
  questionId: string,
  helped: boolean,
  chosen: Key | null,
  voter: string,
): Promise<void> {
  await database.query(statement("loop/add-vote"), [questionId, helped, chosen, voter]);
}
