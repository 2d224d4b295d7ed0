import { aliasedRow } from "../../db/ask/alias.ts";
import { nearestNow, type Neighbour } from "../../db/ask/nearest.ts";
import type { QueryPlan, RowFilter } from "../../db/ask/read-index.ts";
import type { Database } from "../../db/database.ts";
import { requireUnchanged } from "../../db/source/source-error.ts";
import type { Embedder } from "../../embed/embedder.ts";
import { bareText } from "../../text/normalize.ts";
import { rowOf, type Matrix } from "../../vector/matrix.ts";
import type { Judge } from "../../judge/chance/judge.ts";
import { JUDGED_UNITS } from "../../judge/chance/reading.ts";
import { judgeOf } from "../judge-of.ts";
import type { Generation } from "../live-index.ts";
import { parseTemplate, type Template } from "../template.ts";
import type { OpenLog, QuestionSink } from "./question-sink.ts";
import { thresholdsOf, type IndexThresholds } from "../thresholds.ts";

/** What {@link match} asks: an index in a database, or a local file. */
export interface Searchable {
  readonly template: Template;
  /** Embeds as the rows were embedded. */
  readonly embedder: Embedder;
  /** Of the embedder's model; undefined for one that decides by similarity. */
  readonly judge: Judge | undefined;
  /** Of a question that finds nothing, as it has no letter or digit. */
  readonly thresholds: IndexThresholds;
  /** Looks up Q questions by their vectors (Q x D), `k` rows each. */
  find(questions: readonly string[], vectors: Matrix, k: number, options: FindOptions): Promise<Found[]>;
}

/** Settings of {@link Searchable.find}. */
export interface FindOptions extends RowFilter {
  /** Candidates that the search keeps: see `MatchOptions`. */
  efSearch?: number;
  /** Whether answers have their rows: see {@link withoutRows}. Default true. */
  withRows?: boolean;
  /** Characters that are read of each column of the template: see {@link withBeginnings}. */
  readLength?: number;
  /** Also asks for the plan and the source of the thresholds. */
  explain?: boolean;
  signal?: AbortSignal;
}

/** What a {@link Searchable} has for a question. */
export interface Found {
  /** The k nearest rows, nearest first. */
  readonly near: readonly Neighbour[];
  /** The row that has the question as an alias, with its similarity to the question's vector. */
  readonly alias: Neighbour | undefined;
  /** Those in force when the question was asked. */
  readonly thresholds: IndexThresholds;
  /** Null unless asked for, and of a local file. */
  readonly plan: QueryPlan | null;
  /** The log that takes the question. Null where it is off, or the question is not of a person. */
  readonly log?: OpenLog | null;
  /** Shards of which the rows are missing; left out where there are none. */
  readonly partial?: readonly string[];
}

/**
 * Saves reading rows whose values no caller uses: `row` has the names of the columns alone, each null.
 *
 * Decisions, keys and texts are the same.
 */
export function withoutRows(searchable: Searchable): Searchable {
  return {
    ...searchable,
    find: (questions, vectors, k, options) => searchable.find(questions, vectors, k, { ...options, withRows: false }),
  };
}

/**
 * Reads of each text the beginning that the judge reads: for callers that use decisions and keys only.
 *
 * Decisions are the same, but for texts that differ only behind it, and a question longer than it.
 */
export function withBeginnings(searchable: Searchable): Searchable {
  return {
    ...searchable,
    find: (questions, vectors, k, options) =>
      searchable.find(questions, vectors, k, { ...options, readLength: JUDGED_UNITS }),
  };
}

/**
 * The live generation of an index as {@link match} asks it: one round trip a question. Throws LtdError "source" when
 * its table is gone.
 *
 * @param sink takes the questions where the log is on; leave it out for questions that no person asks
 */
export function searchableIndex(database: Database, { record, embedder }: Generation, sink?: QuestionSink): Searchable {
  requireUnchanged(record);
  const judge = judgeOf(embedder.model);
  const own = judge ?? embedder.model.description;
  const find = async (question: string, vector: Float32Array, k: number, options: FindOptions): Promise<Found> => {
    const { explain = false, ...how } = options;
    const bare = bareText(question);
    let plan: QueryPlan | null = null;
    const { near, now } = await nearestNow(database, record, vector, k, bare, {
      ...how,
      ...(explain && { onPlan: (last: QueryPlan) => (plan = last) }),
    });
    return {
      near,
      alias: now.isAlias ? await aliasedRow(database, record, bare, vector, how) : undefined,
      thresholds: thresholdsOf({ ...record, ...now, ...(!explain && { calibration: record.calibration }) }, own),
      plan,
      log: sink === undefined || now.logSample === null ? null : { sink, sample: now.logSample },
    };
  };
  return {
    template: parseTemplate(record.template),
    embedder,
    judge,
    thresholds: thresholdsOf(record, own),
    find: (questions, vectors, k, options) =>
      Promise.all(questions.map((question, at) => find(question, rowOf(vectors, at), k, options))),
  };
}
