import type { Database } from "../../db/database.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import type { Embedder } from "../../embed/embedder.ts";
import { groupByMeaning } from "../../report/group-questions.ts";
import type { ReportQuestions } from "../../report/report-data.ts";
import type { MatrixProduct } from "../../vector/product.ts";
import { match } from "../ask/match.ts";
import { searchableIndex } from "../ask/searchable.ts";

/** Questions that are asked together. */
const CHUNK = 64;

/** Asks every question, and groups by meaning those that have no sure answer: what the table does not say, the most wanted first. */
export async function openQuestions(
  database: Database,
  index: IndexRecord,
  embedder: Embedder,
  questions: readonly string[],
  multiply: MatrixProduct,
  signal?: AbortSignal,
): Promise<ReportQuestions> {
  const open: ReportQuestions["groups"][number]["questions"][number][] = [];
  const searchable = searchableIndex(database, { record: index, embedder });
  let answered = 0;
  for (let start = 0; start < questions.length; start += CHUNK) {
    signal?.throwIfAborted();
    const results = await match(searchable, questions.slice(start, start + CHUNK), { limit: 1 });
    for (const { question, decision, answers } of results) {
      if (decision === "answer") answered++;
      else {
        const [first] = answers;
        open.push({ question, decision, similarity: first?.similarity ?? null, nearest: first?.text ?? null });
      }
    }
  }
  const vectors = await embedder.embed(
    open.map(({ question }) => question),
    signal && { signal },
  );
  // what is near enough to be suggested for another question is asked for together with it
  const groups = await groupByMeaning(vectors, embedder.model.description.thresholds.suggest, multiply);
  return {
    asked: questions.length,
    answered,
    suggested: open.filter(({ decision }) => decision === "suggest").length,
    groups: groups.map((rows) => ({ questions: rows.map((row) => open[row]!) })),
  };
}
