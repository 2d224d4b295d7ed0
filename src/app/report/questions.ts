import type { Database } from "../../db/database.ts";
import { groupByMeaning } from "../../report/group-questions.ts";
import type { ReportQuestions } from "../../report/report-data.ts";
import type { MatrixProduct } from "../../vector/product.ts";
import { readQuestionLog } from "../../db/loop/question-log.ts";
import type { Generation } from "../live-index.ts";
import { gaps } from "../loop/gaps.ts";
import { matchEach } from "../ask/match-each.ts";
import { searchableIndex } from "../ask/searchable.ts";

/** Groups of logged questions that a report shows. */
const MOST_GROUPS = 200;

/** The questions that are given, or else those of the log, that have no sure answer; null without any. */
export function unanswered(
  database: Database,
  generation: Generation,
  questions: readonly string[] | undefined,
  how: { multiply: MatrixProduct; threads: number | undefined; signal: AbortSignal | undefined },
): Promise<ReportQuestions | null> {
  return questions === undefined
    ? loggedQuestions(database, generation, how)
    : openQuestions(database, generation, questions, how.multiply, how.signal);
}

/**
 * Asks every question and groups those without a sure answer by meaning, the most wanted first. They are what the table
 * lacks.
 */
async function openQuestions(
  database: Database,
  generation: Generation,
  questions: readonly string[],
  multiply: MatrixProduct,
  signal?: AbortSignal,
): Promise<ReportQuestions> {
  const open: ReportQuestions["groups"][number]["questions"][number][] = [];
  const { embedder } = generation;
  const searchable = searchableIndex(database, generation);
  let answered = 0;
  const asked = questions.map((question) => ({ question }));
  const options = { limit: 1, ...(signal && { signal }) };
  for await (const [{ question }, { decision, answers }] of matchEach(searchable, asked, options)) {
    if (decision === "answer") answered++;
    else {
      const [first] = answers;
      open.push({ question, decision, similarity: first?.similarity ?? null, nearest: first?.text ?? null });
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

/** The same of the questions that the log of the index has; null where nothing was ever logged. */
async function loggedQuestions(
  database: Database,
  generation: Generation,
  options: { threads?: number | undefined; signal?: AbortSignal | undefined },
): Promise<ReportQuestions | null> {
  const { record } = generation;
  if ((await readQuestionLog(database, record.name)) === null) return null;
  const { threads, signal } = options;
  const found = await gaps(database, generation, { limit: MOST_GROUPS, threads, ...(signal && { signal }) });
  return {
    asked: found.lookedAt,
    answered: found.answeredNow,
    suggested: found.gaps
      .filter(({ decision }) => decision !== "none")
      .reduce((sum, { questions }) => sum + questions.length, 0),
    groups: found.gaps.map(({ asked, decision, questions, nearest: [first] }) => ({
      times: asked,
      questions: questions.map(({ question }, at) => ({
        question,
        decision: decision === "none" ? "none" : "suggest",
        similarity: at === 0 ? (first?.similarity ?? null) : null,
        nearest: at === 0 ? (first?.text ?? null) : null,
      })),
    })),
  };
}
