import type { Database } from "../../db/database.ts";
import type { IndexRecord, Key } from "../../db/index-record.ts";
import type { QueryPlan, ReadOptions } from "../../db/ask/read-index.ts";
import { type FoundRow, searchRows, type SearchRowsOptions } from "../../db/ask/search.ts";
import { requireUnchanged } from "../../db/source/source-error.ts";
import type { Embedder } from "../../embed/embedder.ts";
import { LtdError } from "../../errors.ts";
import { requireLimit } from "../../range.ts";
import { askedLexemes } from "../../text/lexemes.ts";
import { rowOf } from "../../vector/matrix.ts";
import { parseTemplate, renderTemplate } from "../template.ts";

/** A row that {@link search} found, and how: by its vector, by its words, or by both. */
export interface Hit<Row extends object = Readonly<Record<string, unknown>>> extends Omit<
  FoundRow,
  "key" | "row" | "values" | "wordsWeight"
> {
  readonly key: Key;
  /** The row's text, as the index's template gives it. */
  readonly text: string;
  /** The row as it is now, as JSON values; `bigint` and `numeric` are strings. */
  readonly row: Row;
}

/** What {@link search} found. */
export interface SearchResult<Row extends object = Readonly<Record<string, unknown>>> {
  readonly question: string;
  /** Best first. */
  readonly hits: readonly Hit<Row>[];
  /** What the words weighed in the order, 0 to 1; the vectors weighed the rest. Null where nothing was found. */
  readonly wordsWeight: number | null;
  /** With `explain`: the lexemes that were asked with, and Postgres' plan. */
  readonly explained?: { readonly lexemes: readonly string[]; readonly plan: QueryPlan | null };
  /** Shards that did not answer in time, where there are any: their rows are missing. */
  readonly partial?: readonly string[];
}

/** Settings of {@link search}. */
export interface SearchOptions extends Omit<ReadOptions, "onPlan"> {
  /** k, 1 to 1000, default 10. */
  limit?: number;
  /**
   * What the words weigh, 0 to 1; the vectors weigh the rest. Default: by the lengths of question and rows
   * (docs/search.md).
   */
  wordsWeight?: number;
  /** Also says how: it asks Postgres for its plan. Default false. */
  explain?: boolean;
  signal?: AbortSignal;
}

/**
 * The rows that are best for each question by meaning and by words together, best first. Rows that have a word of the
 * question are found also where the vector says nothing: names, numbers, a long question about one rare thing.
 *
 * Unlike `match` it decides nothing, and gives k rows wherever there are k. A question without a letter or digit finds
 * nothing.
 */
export function search<Row extends object = Readonly<Record<string, unknown>>>(
  database: Database,
  index: IndexRecord,
  embedder: Embedder,
  questions: readonly string[],
  options: SearchOptions = {},
): Promise<SearchResult<Row>[]> {
  requireUnchanged(index);
  return searchBy<Row>(index.template, embedder, questions, options, async (vector, lexemes, limit, how) => ({
    found: await searchRows(database, index, vector, lexemes, limit, how),
  }));
}

/** What looks up one question for {@link searchBy}; `partial`: shards of which the rows are missing. */
export type FindRows = (
  vector: Float32Array,
  lexemes: readonly string[],
  limit: number,
  options: SearchRowsOptions,
) => Promise<{ readonly found: readonly FoundRow[]; readonly partial?: readonly string[] }>;

/** {@link search} by whatever looks up one question: an index, or all shards of a front. */
export async function searchBy<Row extends object>(
  text: string,
  embedder: Embedder,
  questions: readonly string[],
  options: SearchOptions,
  find: FindRows,
): Promise<SearchResult<Row>[]> {
  const { limit = 10, signal, wordsWeight, explain = false } = options;
  requireLimit(limit);
  if (wordsWeight !== undefined && !(wordsWeight >= 0 && wordsWeight <= 1)) {
    throw new LtdError("usage", `the weight of the words is ${wordsWeight}, but must be a number from 0 to 1`);
  }
  const inputs = questions.map((question) => embedder.encode(question));
  const vectors = await embedder.embedInputs(inputs, signal && { signal });
  const template = parseTemplate(text);
  return Promise.all(
    questions.map(async (question, at) => {
      const input = inputs[at];
      const asked = input === undefined ? [] : askedLexemes(input);
      let plan: QueryPlan | null = null;
      const onPlan = (last: QueryPlan) => (plan = last);
      const { found, partial = [] } =
        input === undefined
          ? { found: [] }
          : await find(rowOf(vectors, at), asked, limit, { ...options, ...(explain && { onPlan }) });
      const hits = found.map(
        ({ wordsWeight: _same, values, ...each }) => ({ ...each, text: renderTemplate(template, values) }) as Hit<Row>,
      );
      return {
        question,
        hits,
        wordsWeight: found[0]?.wordsWeight ?? null,
        ...(explain && { explained: { lexemes: asked, plan } }),
        ...(partial.length > 0 && { partial }),
      };
    }),
  );
}
