import type { Database } from "../db/database.ts";
import type { IndexRecord, Key } from "../db/index-record.ts";
import { nearest, type Neighbour } from "../db/nearest.ts";
import { requireSource } from "../db/source-error.ts";
import type { Embedder } from "../embed/embedder.ts";
import { LtdError } from "../errors.ts";
import { decide, type Decision, type Thresholds } from "../judge/decision.ts";
import { rowOf, type Matrix } from "../vector/matrix.ts";
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

/** Where rows are looked for: an index in a database, or a local file. */
export interface MatchPlace {
  readonly template: string;
  readonly thresholds: Thresholds;
  /** The k rows nearest to each of Q vectors, nearest first. */
  nearest(queries: Matrix, k: number, options: MatchOptions): Promise<Neighbour[][]>;
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
  requireSource(index);
  const place: MatchPlace = {
    template: index.template,
    thresholds: thresholdsOf(index, embedder.model.description),
    nearest: (queries, k, { efSearch = 100, signal }) =>
      Promise.all(
        Array.from({ length: queries.rows }, (_, row) =>
          nearest(database, index, rowOf(queries, row), k, { efSearch: Math.max(efSearch, k), signal }),
        ),
      ),
  };
  return matchIn(place, embedder, questions, options);
}

/** {@link match}, wherever the rows are. */
export async function matchIn<Row extends object = Readonly<Record<string, unknown>>>(
  place: MatchPlace,
  embedder: Embedder,
  questions: readonly string[],
  options: MatchOptions,
): Promise<MatchResult<Row>[]> {
  const { limit = 5, signal } = options;
  requireLimit(limit);
  const inputs = questions.map((question) => embedder.encode(question));
  const vectors = await embedder.embedInputs(
    inputs.filter((input) => input !== undefined),
    signal && { signal },
  );
  const { answer, suggest, margin } = place.thresholds;
  const thresholds = { answer, suggest, margin };
  // the rule asks for the second row, too
  const found = await place.nearest(vectors, margin > 0 ? Math.max(2, limit) : limit, options);
  let next = 0;
  return questions.map((question, at) => {
    const rows = inputs[at] === undefined ? [] : found[next++]!;
    const [first, second] = rows;
    const ahead = first && second ? first.similarity - second.similarity : null;
    const answers = toAnswers<Row>(place, rows.slice(0, limit));
    return { question, decision: decide(first?.similarity, ahead, thresholds), answers, margin: ahead, thresholds };
  });
}

/** Neighbours with their text. */
export function toAnswers<Row extends object>(
  of: Pick<IndexRecord, "template">,
  found: readonly Neighbour[],
): Answer<Row>[] {
  const template = parseTemplate(of.template);
  return found.map((each) => ({ ...each, text: renderTemplate(template, each.row) }) as Neighbour & Answer<Row>);
}

/** Throws an LtdError "usage" for a number of results that cannot be asked for; `written` is how the user wrote it. */
export function requireLimit(limit: number, written: string = String(limit)): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) {
    throw new LtdError("usage", `limit is ${written}, but must be a whole number from 1 to 1000`);
  }
}
