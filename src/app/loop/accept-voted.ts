import type { Database } from "../../db/database.ts";
import type { Key } from "../../db/index-record.ts";
import { getIndex } from "../../db/indexes/find-index.ts";
import { readVotedQuestions } from "../../db/loop/gap.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { keyId } from "../../db/statement/key.ts";
import { LtdError } from "../../errors.ts";
import { requireWhole } from "../../range.ts";
import { bareText } from "../../text/normalize.ts";
import { accept, type CurateResult } from "./curate.ts";

/**
 * Accepts every question that voters assign to a row, by at least `least` votes more than against it. The default is 2;
 * each row gets one line of the journal. Questions that cannot be wordings of their row, as another row has them, are
 * passed over.
 * @throws {LtdError} "usage" for `least` out of range
 * @example
 * const database = await openDatabase();
 * await acceptVoted(database, "faq", { least: 3 });
 */
export async function acceptVoted(
  database: Database,
  name: string,
  { least = 2, by }: { least?: number; by?: string } = {},
): Promise<CurateResult[]> {
  requireWhole("least", least, 1, 1_000_000);
  await requireSchema(database);
  await getIndex(database, name);
  const rows = new Map<string, { key: Key; questions: string[] }>();
  for (const { question, key, score } of await readVotedQuestions(database, name)) {
    if (score < least || bareText(question) === "") continue;
    const row = rows.get(keyId(key)) ?? { key, questions: [] };
    rows.set(keyId(key), row);
    row.questions.push(question);
  }
  const done: CurateResult[] = [];
  for (const { key, questions } of rows.values()) {
    try {
      done.push(await accept(database, name, key, questions, { ...(by !== undefined && { by }), origin: "feedback" }));
    } catch (error) {
      if (!(error instanceof LtdError && error.code === "input")) throw error;
    }
  }
  return done;
}
