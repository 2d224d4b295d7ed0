import { groupByMeaning } from "../../report/group-questions.ts";
import type { ReportQuestions } from "../../report/report-data.ts";
import type { MatrixProduct } from "../../vector/product.ts";
import { findGaps } from "../loop/gaps.ts";
import { matchEach } from "../ask/match-each.ts";
import type { ReportSource } from "./source.ts";

/** Groups of logged questions that a report shows. */
const MOST_GROUPS = 200;

/** The questions that are given, or else those of the log, that have no sure answer; null without any. */
export function unanswered(
  source: ReportSource,
  questions: readonly string[] | undefined,
  how: { multiply: MatrixProduct; threads: number | undefined; signal: AbortSignal | undefined },
): Promise<ReportQuestions | null> {
  return questions === undefined
    ? loggedQuestions(source, how)
    : openQuestions(source, questions, how.multiply, how.signal);
}

/**
 * Asks every question and groups those without a sure answer by meaning, the most wanted first. They are what the table
 * lacks.
 */
async function openQuestions(
  { searchable }: ReportSource,
  questions: readonly string[],
  multiply: MatrixProduct,
  signal?: AbortSignal,
): Promise<ReportQuestions> {
  const open: ReportQuestions["groups"][number]["questions"][number][] = [];
  const { embedder } = searchable;
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
  { loop, searchable }: ReportSource,
  options: { threads?: number | undefined; signal?: AbortSignal | undefined },
): Promise<ReportQuestions | null> {
  if (!(await loop.hasLog())) return null;
  const { threads, signal } = options;
  const found = await findGaps(loop, searchable, { limit: MOST_GROUPS, threads, ...(signal && { signal }) });
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
