import type { Database } from "../../db/database.ts";
import type { IndexRecord, Key } from "../../db/index-record.ts";
import { aliasedRow } from "../../db/ask/alias.ts";
import { getIndex } from "../../db/indexes/index-store.ts";
import { nearestNow, type Neighbour } from "../../db/ask/nearest.ts";
import type { QueryPlan, RowFilter } from "../../db/ask/read-index.ts";
import { requireSource } from "../../db/source/source-error.ts";
import type { Embedder } from "../../embed/embedder.ts";
import { requireLimit } from "../../range.ts";
import { decide, type Decision, type Thresholds } from "../../judge/decision.ts";
import { bareText } from "../../text/normalize.ts";
import { rowOf, type Matrix } from "../../vector/matrix.ts";
import { groupByText } from "./answer-groups.ts";
import { parseTemplate, renderTemplate } from "../template.ts";
import { thresholdsOf, type IndexThresholds } from "../thresholds.ts";

/** A row that means something near to the question. */
export interface Answer<Row extends object = Readonly<Record<string, unknown>>> {
  readonly key: Key;
  /** Cosine, in [-1, 1]; larger is nearer. */
  readonly similarity: number;
  /** `exact`: its text is the question, but for punctuation and the like; `alias`: the question is one of its aliases. */
  readonly found: "exact" | "alias" | "vector";
  /** Further rows of the same text, nearest first. */
  readonly others: readonly Key[];
  /** The row's text, as the index's template gives it. */
  readonly text: string;
  /** The row as it is now, as JSON values. */
  readonly row: Row;
}

/** What {@link match} found. */
export interface MatchResult<Row extends object = Readonly<Record<string, unknown>>> {
  readonly question: string;
  readonly decision: Decision;
  /** Of different texts: an alias or exact hit first, then the nearest first. Also given with the decision `none`, so that it can be judged. */
  readonly answers: readonly Answer<Row>[];
  /** Similarity of the first answer minus that of the second; null with fewer than two found. */
  readonly margin: number | null;
  readonly thresholds: Thresholds;
  /** With `explain`: where the thresholds come from, and Postgres' plan (null for a question without a letter or digit). */
  readonly explained?: { readonly thresholds: IndexThresholds; readonly plan: QueryPlan | null };
}

/** Settings of {@link match}. */
export interface MatchOptions extends RowFilter {
  /** k, 1 to 1000, default 5. */
  limit?: number;
  /** `hnsw.ef_search`: candidates that the index search keeps, `limit` to 1000; larger finds more and takes longer. Default 100. */
  efSearch?: number;
  /** Also says how: it asks Postgres for its plan. Default false. */
  explain?: boolean;
  signal?: AbortSignal;
}

/** Where rows are looked for: an index in a database, or a local file. */
export interface MatchPlace {
  readonly template: string;
  readonly thresholds: Thresholds;
  /** What there is for each of Q questions with their vectors. */
  find(questions: readonly string[], queries: Matrix, k: number, options: MatchOptions): Promise<Found[]>;
}

/** What a place has for a question. */
export interface Found {
  /** The k nearest rows, nearest first. */
  readonly near: readonly Neighbour[];
  /** The row that the question is an alias of, with its similarity to the question's vector. */
  readonly alias?: Neighbour | undefined;
  /** In force when it was asked; default: those of the place. */
  readonly thresholds?: Thresholds;
}

/**
 * The rows that mean the same as each question, with a decision from the thresholds of the index (or of the model). A row that has the question
 * as an alias is the first, then one whose text is the question, then the nearest; either of the first two is an `answer`. Rows of one text
 * are one answer, so that k answers are k different ones.
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
  const { description } = embedder.model;
  const plans: (QueryPlan | undefined)[] = [];
  const find = async (question: string, query: Float32Array, k: number, at: number): Promise<Found> => {
    const { efSearch = 100, signal, filter, where, explain } = options;
    const how = {
      efSearch: Math.max(efSearch, k),
      signal,
      ...(filter && { filter }),
      ...(where !== undefined && { where }),
    };
    const asked = bareText(question);
    const { near, now } = await nearestNow(database, index, query, k, asked, {
      ...how,
      ...(explain && { onPlan: (plan: QueryPlan) => (plans[at] = plan) }),
    });
    return {
      near,
      alias: now.isAlias ? await aliasedRow(database, index, asked, query, how) : undefined,
      thresholds: thresholdsOf({ ...index, ...now }, description),
    };
  };
  const place: MatchPlace = {
    template: index.template,
    thresholds: thresholdsOf(index, description),
    find: (asked, queries, k) => Promise.all(asked.map((question, at) => find(question, rowOf(queries, at), k, at))),
  };
  const results = await matchIn<Row>(place, embedder, questions, options);
  if (!options.explain) return results;
  let next = 0;
  const thresholds = thresholdsOf(await getIndex(database, index.name), description);
  return results.map((result) => ({
    ...result,
    explained: { thresholds, plan: bareText(result.question) === "" ? null : (plans[next++] ?? null) },
  }));
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
  const asked = questions.filter((_, at) => inputs[at] !== undefined);
  const vectors = await embedder.embedInputs(
    inputs.filter((input) => input !== undefined),
    signal && { signal },
  );
  const found = await findDifferent<Row>(place, asked, vectors, limit, options);
  let next = 0;
  return questions.map((question, at) => {
    if (inputs[at] === undefined)
      return { question, decision: "none", answers: [], margin: null, thresholds: numbersOf(place.thresholds) };
    const { near, alias, thresholds } = found[next++]!;
    const bare = near.map(({ text }) => bareText(text));
    const exact = near[bare.indexOf(bareText(question))];
    const first = alias
      ? [{ ...toAnswers<Row>(place, [alias])[0]!, found: "alias" as const }]
      : exact
        ? [{ ...exact, found: "exact" as const }]
        : [];
    const same = first.map(({ text }) => bareText(text))[0];
    const answers = [...first, ...near.filter((_, row) => bare[row] !== same)];
    const [best, second] = answers;
    const ahead = best && second ? best.similarity - second.similarity : null;
    const decision = first.length > 0 ? "answer" : decide(best?.similarity, ahead, thresholds);
    return { question, decision, answers: answers.slice(0, limit), margin: ahead, thresholds };
  });
}

/** {@link Found}, as answers of different texts. */
type FoundTexts<Row extends object> = Required<Pick<Found, "thresholds">> &
  Pick<Found, "alias"> & { readonly near: readonly Answer<Row>[] };

/** What there is for each question, with at least `limit` + 1 of different texts, where there are so many. */
async function findDifferent<Row extends object>(
  place: MatchPlace,
  questions: readonly string[],
  queries: Matrix,
  limit: number,
  options: MatchOptions,
): Promise<FoundTexts<Row>[]> {
  // the rule of the margin asks for the second text, too; some more for those that are there twice
  for (let k = Math.min(1_000, 2 * limit + 8); ; k = Math.min(1_000, 4 * k)) {
    const found = await place.find(questions, queries, k, options);
    const groups = found.map(({ near }) => groupByText(toAnswers<Row>(place, near)));
    if (k === 1_000 || found.every(({ near }, at) => near.length < k || groups[at]!.length > limit))
      return found.map(({ alias, thresholds = place.thresholds }, at) => ({
        alias,
        thresholds: numbersOf(thresholds),
        near: groups[at]!,
      }));
  }
}

function numbersOf({ answer, suggest, margin }: Thresholds): Thresholds {
  return { answer, suggest, margin };
}

/** Neighbours with their text. */
export function toAnswers<Row extends object>(
  of: Pick<IndexRecord, "template">,
  found: readonly Neighbour[],
): Answer<Row>[] {
  const template = parseTemplate(of.template);
  return found.map(
    (each) =>
      ({ ...each, found: "vector", others: [], text: renderTemplate(template, each.row) }) as Neighbour & Answer<Row>,
  );
}
