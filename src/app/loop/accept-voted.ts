import type { Key } from "../../db/index-record.ts";
import type { VotedQuestion } from "../../db/loop/gap.ts";
import { keyId } from "../../db/statement/key.ts";
import { LtdError } from "../../errors.ts";
import { bareText } from "../../text/normalize.ts";
import type { CurateResult } from "./curate.ts";

/** Accepts the questions that have `least` votes, row by row. */
export async function acceptVotes(
  votes: readonly VotedQuestion[],
  least: number,
  acceptOf: (key: Key, questions: readonly string[]) => Promise<CurateResult>,
): Promise<CurateResult[]> {
  const rows = new Map<string, { key: Key; questions: string[] }>();
  for (const { question, key, score } of votes) {
    if (score < least || bareText(question) === "") continue;
    const row = rows.get(keyId(key)) ?? { key, questions: [] };
    rows.set(keyId(key), row);
    row.questions.push(question);
  }
  const done: CurateResult[] = [];
  for (const { key, questions } of rows.values()) {
    try {
      done.push(await acceptOf(key, questions));
    } catch (error) {
      if (!(error instanceof LtdError && error.code === "input")) throw error;
    }
  }
  return done;
}
