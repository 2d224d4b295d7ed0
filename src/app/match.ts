import type { Database } from "../db/database.ts";
import type { IndexRecord, Key } from "../db/index-record.ts";
import { nearest, type Neighbour } from "../db/nearest.ts";
import { requireSource } from "../db/source-error.ts";
import type { Embedder } from "../embed/embedder.ts";
import { LtdError } from "../errors.ts";
import { decide, type Decision, type Thresholds } from "../judge/decision.ts";
import { rowOf } from "../vector/matrix.ts";
import { parseTemplate, renderTemplate } from "./template.ts";
import { thresholdsOf } from "./thresholds.ts";

/** A row that means something near to the question. */
export interface Answer<Row extends object = Readonly<Record<string, unknown>>> {
  readonly key: Key;
  /** Cosine, in [-1, 1]; larger is nearer. */
  readonly similarity: number;
  /** The row's text, as the index's template gives it. */
  readonly text: string;
  /** The row as it is now, as JSON values. */
  readonly row: Row;
}

/** What {@link match} found. */
export interface MatchResult<Row extends object = Readonly<Record<string, unknown>>> {
  readonly question: string;
  readonly decision: Decision;
  /** Nearest first. Also given with the decision `none`, so that it can be judged. */
  readonly answers: readonly Answer<Row>[];
  /** Similarity of the first answer minus that of the second; null with fewer than two found. */
  readonly margin: number | null;
  readonly thresholds: Thresholds;
}

/** Settings of {@link match}. */
export interface MatchOptions {
  /** k, 1 to 1000, default 5. */
  limit?: number;
  /** `hnsw.ef_search`: candidates that the index search keeps, `limit` to 1000; larger finds more and takes longer. Default 100. */
  efSearch?: number;
  signal?: AbortSignal;
}

/**
 * The rows that mean the same as each question, nearest first, with a decision from the thresholds of the index (or of the model).
 *
 * A question without a letter or digit means nothing: its decision is `none`, without answers.
 */
export async function match<Row extends object = Readonly<Record<string, unknown>>>(
  database: Database,
  index: IndexRecord,
  embedder: Embedder,
  questions: readonly string[],
  options: MatchOptions = {},
): Promise<MatchResult<Row>[]> {
  const { limit = 5, efSearch = Math.max(100, limit), signal } = options;
  requireLimit(limit);
  requireSource(index);
  const inputs = questions.map((question) => embedder.encode(question));
  const vectors = await embedder.embedInputs(inputs, signal && { signal });
  const { answer, suggest, margin } = thresholdsOf(index, embedder.model.description);
  const thresholds = { answer, suggest, margin };
  // the rule asks for the second row, too
  const k = margin > 0 ? Math.max(2, limit) : limit;
  return Promise.all(
    questions.map(async (question, row) => {
      const found = inputs[row] && (await nearest(database, index, rowOf(vectors, row), k, { efSearch, signal }));
      const [first, second] = found ?? [];
      const ahead = first && second ? first.similarity - second.similarity : null;
      const answers = toAnswers<Row>(index, (found ?? []).slice(0, limit));
      return {
        question,
        decision: decide(first?.similarity, ahead, thresholds),
        answers,
        margin: ahead,
        thresholds,
      };
    }),
  );
}

/** Neighbours with their text. */
export function toAnswers<Row extends object>(index: IndexRecord, found: readonly Neighbour[]): Answer<Row>[] {
  const template = parseTemplate(index.template);
  return found.map((each) => ({ ...each, text: renderTemplate(template, each.row) }) as Neighbour & Answer<Row>);
}

/** Throws an LtdError "usage" for a number of results that cannot be asked for; `written` is how the user wrote it. */
export function requireLimit(limit: number, written: string = String(limit)): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) {
    throw new LtdError("usage", `limit is ${written}, but must be a whole number from 1 to 1000`);
  }
}
