import type { Database } from "../../db/database.ts";
import type { Key } from "../../db/index-record.ts";
import { getIndex } from "../../db/indexes/find-index.ts";
import { readVotedQuestions, type VotedQuestion } from "../../db/loop/gap.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { keyId } from "../../db/statement/key.ts";
import { LtdError } from "../../errors.ts";
import { requireWhole } from "../../range.ts";
import { bareText } from "../../text/normalize.ts";
import { accept, type CurateResult } from "./curate.ts";

/** Accepts what voters say in one database; see `acceptVoted` of src/app/shards/curate.ts. */
export async function acceptVoted(
  database: Database,
  name: string,
  { least = 2, by }: { least?: number; by?: string } = {},
): Promise<CurateResult[]> {
  requireWhole("least", least, 1, 1_000_000);
  await requireSchema(database);
  await getIndex(database, name);
  const options = { ...(by !== undefined && { by }), origin: "feedback" };
  return acceptVotes(await readVotedQuestions(database, name), least, (key, questions) =>
    accept(database, name, key, questions, options),
  );
}

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
