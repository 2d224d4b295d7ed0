import type { Database } from "../../db/database.ts";
import { sqlState } from "../../db/failure.ts";
import { addVote } from "../../db/loop/vote.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { LtdError } from "../../errors.ts";
import type { RowKey } from "../row-key.ts";

/** What a user thinks of an answer. */
export interface Feedback {
  /** `questionId` of the answer. */
  questionId: string;
  helped: boolean;
  /** Key of the row that the user took. */
  chosen?: RowKey;
  /** Who votes, 1 to 200 characters: a second vote for the same question takes the place of the first. */
  voter: string;
}

/**
 * Says whether the answer to a logged question helped. This labels it for `gaps`, `calibrate --journal` and `tune`.
 * @throws {LtdError} "input" for a question that is not in the log, or a vote beyond the voter's bound for a day;
 *   "usage" for one without a voter
 * @example
 * const database = await openDatabase();
 * const index = await openIndex({ index: "faq", database });
 * const { questionId } = await index.match("白条啥时候还");
 * if (questionId !== null) await feedback(database, { questionId, helped: false, chosen: 17, voter: "user-4711" });
 */
export async function feedback(database: Database, given: Feedback): Promise<void> {
  const { questionId, helped, chosen, voter } = given;
  if (typeof helped !== "boolean" || typeof voter !== "string" || voter === "" || voter.length > 200)
    throw new LtdError("usage", "feedback needs `helped` (true or false) and a `voter` of 1 to 200 characters");
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(questionId))
    throw new LtdError("input", `${JSON.stringify(questionId)} is not the id of a question`, { hint: ID_HINT });
  await requireSchema(database);
  const key = chosen === undefined ? null : (Array.isArray(chosen) ? chosen : [chosen as string]).map(String);
  try {
    await addVote(database, questionId, helped, key, voter);
  } catch (error) {
    const state = sqlState(error);
    if (state === "P0002")
      throw new LtdError("input", `there is no question ${questionId} in the log`, { hint: ID_HINT, cause: error });
    if (state === "54000")
      throw new LtdError("input", (error as Error).message, {
        hint: "ltd-index log on <index> --votes sets another bound",
        cause: error,
      });
    throw error;
  }
}

const ID_HINT = "give the questionId of an answer, while the log keeps the question";
