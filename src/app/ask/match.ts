import { keyId } from "../../db/statement/key.ts";
import type { QueryPlan, RowFilter } from "../../db/ask/read-index.ts";
import type { Evidence } from "../../judge/chance/feature.ts";
import { decide, type Decision, type Thresholds, type Verdict } from "../../judge/decision.ts";
import { LtdError } from "../../errors.ts";
import { requireLimit, requireWhole } from "../../range.ts";
import type { Matrix } from "../../vector/matrix.ts";
import type { IndexThresholds } from "../thresholds.ts";
import { answersTo, type Answer } from "./answer.ts";
import type { Found, Searchable } from "./searchable.ts";

/** What {@link match} found. */
export interface MatchResult<Row extends object = Readonly<Record<string, unknown>>> {
  readonly question: string;
  /** Of the question in the log of the index, for `feedback`; null where it was not logged. */
  readonly questionId: string | null;
  readonly decision: Decision;
  /**
   * Calibrated chance in [0, 1] that the first answer is right: of answers at 0.9, nine of ten are. It is 1 for an
   * alias or an exact hit, and null without an answer or without a judge in the model.
   */
  readonly chance: number | null;
  /**
   * Of different texts: an alias or exact hit first, then the nearest first. Also given with the decision `none`, so
   * that it can be judged.
   */
  readonly answers: readonly Answer<Row>[];
  /** Similarity of the first answer minus that of the second; null with fewer than two found. */
  readonly margin: number | null;
  readonly thresholds: Thresholds;
  /** With `explain`: see {@link Explanation}. */
  readonly explained?: Explanation;
  /**
   * Shards that did not answer in time, where there are any. Their rows are missing, so the decision is at most
   * `suggest`.
   */
  readonly partial?: readonly string[];
}

/** How a decision came about. */
export interface Explanation {
  readonly thresholds: IndexThresholds;
  /**
   * What the judge saw in the question and the first answer. Null where it was not asked: an alias, an exact hit, no
   * answer, no judge.
   */
  readonly evidence: Evidence | null;
  /** Postgres' plan; null for a local file, or a question without a letter or digit. */
  readonly plan: QueryPlan | null;
}

/** Settings of {@link match}. */
export interface MatchOptions extends RowFilter {
  /** k, 1 to 1000, default 5. */
  limit?: number;
  /**
   * `hnsw.ef_search`: candidates that the index search keeps, `limit` to 1000. Larger finds more and takes longer.
   * Default 100.
   */
  efSearch?: number;
  /** Also says how: it asks Postgres for its plan. Default false. */
  explain?: boolean;
  signal?: AbortSignal;
}

/**
 * Finds the rows that mean the same as each question, and decides by the thresholds of the index. Thresholds that the
 * index lacks are the model's. A row that has the question as an alias is the first, then one whose text is the
 * question, then the nearest; either of the first two is an `answer`. Rows of one text are one answer, so that k
 * answers are k different ones.
 *
 * A question without a letter or digit means nothing: its decision is `none`, without answers.
 * @throws {LtdError} "usage" for a limit out of range; what {@link Searchable.find} throws
 */
export async function match<Row extends object = Readonly<Record<string, unknown>>>(
  searchable: Searchable,
  questions: readonly string[],
  options: MatchOptions = {},
): Promise<MatchResult<Row>[]> {
  const { limit = 5, explain = false, ...how } = options;
  requireLimit(limit);
  if (how.efSearch !== undefined) requireWhole("efSearch", how.efSearch, 1, 10_000);
  if (!Array.isArray(questions)) throw new LtdError("usage", "the questions are not an array of strings");
  const { embedder } = searchable;
  const inputs = questions.map((question) => embedder.encode(question));
  const asked = questions.filter((_, at) => inputs[at] !== undefined);
  const vectors = await embedder.embedInputs(
    inputs.filter((input) => input !== undefined),
    how.signal && { signal: how.signal },
  );
  const found = (await findAnswers<Row>(searchable, asked, vectors, limit, { ...how, explain })).values();
  const nothing = {
    answers: [],
    near: [],
    thresholds: searchable.thresholds,
    plan: null,
    log: null,
    partial: [],
  };
  return questions.map((question, at) => {
    const { answers, near, thresholds, plan, log, partial } = inputs[at] === undefined ? nothing : found.next().value!;
    const sure = decide(question, answers, thresholds, searchable.judge, wordingsOf(answers[0], near));
    // a row that is missing could be nearer
    const verdict: Verdict = sure.decision === "answer" && partial?.length ? { ...sure, decision: "suggest" } : sure;
    const { answer, suggest, margin } = thresholds;
    return {
      question,
      questionId: logged(log, question, verdict, answers[0]),
      decision: verdict.decision,
      chance: verdict.chance,
      answers: answers.slice(0, limit),
      margin: verdict.margin,
      thresholds: { answer, suggest, margin },
      ...(explain && { explained: { thresholds, evidence: verdict.evidence, plan } }),
      ...(partial?.length && { partial }),
    };
  });
}

/** Logs a question, where a log is on and its sample takes it; returns its id. */
function logged(
  log: Found["log"],
  question: string,
  { decision, chance }: Verdict,
  first: Answer<object> | undefined,
): string | null {
  if (log == null || Math.random() >= log.sample) return null;
  const { key = null, similarity = null } = first ?? {};
  return log.sink.record({ question, decision, chance, key, similarity });
}

/** The aliases of the first answer, which the question may be near to. */
function wordingsOf(first: Pick<Answer, "key"> | undefined, near: Found["near"]): readonly string[] {
  return (first && near.find(({ key }) => keyId(key) === keyId(first.key))?.wordings) ?? [];
}

/** Different texts that are looked up at least, whatever the limit. */
const LEAST_TEXTS = 10;
/** No search gives more rows. */
const MOST_ROWS = 1000;

/**
 * What there is for each question, one text more than `limit`: the margin is that to the second. Twice as many rows are
 * looked up, as a text can stand in several, and four times as many again while that was too few: at most five times,
 * up to {@link MOST_ROWS}.
 */
async function findAnswers<Row extends object>(
  searchable: Searchable,
  questions: readonly string[],
  vectors: Matrix,
  limit: number,
  options: Omit<MatchOptions, "limit">,
): Promise<(Found & { answers: Answer<Row>[] })[]> {
  for (let k = Math.min(MOST_ROWS, 2 * Math.max(limit + 1, LEAST_TEXTS)); ; k = Math.min(MOST_ROWS, 4 * k)) {
    const found = await searchable.find(questions, vectors, k, options);
    const results = found.map((each, at) => ({
      ...each,
      answers: answersTo<Row>(questions[at]!, each, searchable.template),
    }));
    if (k === MOST_ROWS || results.every(({ near, answers }) => near.length < k || answers.length > limit))
      return results;
  }
}
