import type { Matrix } from "../../vector/matrix.ts";
import type { Answer } from "../ask/answer.ts";
import type { MatchOptions, MatchResult } from "../ask/match.ts";
import type { SearchOptions, SearchResult } from "../ask/search.ts";
import type { SimilarOptions } from "../ask/similar.ts";
import type { ClusterResult } from "../cluster/cluster.ts";
import type { DedupeOptions, DedupeResult } from "../cluster/dedupe.ts";
import type { ClusterOptions } from "../cluster/settings.ts";
import type { Feedback } from "../loop/feedback.ts";
import type { GapsOptions, GapsResult } from "../loop/gaps.ts";
import type { SyncOptions, SyncResult } from "../keep/sync.ts";
import type { RowKey } from "../row-key.ts";
import type { IndexStatus } from "../status.ts";

/**
 * What an open database index and an open local file have in common. A local file answers as the index did when it was
 * exported, without a database.
 *
 * Any number of calls may be under way. Every `signal` ends its call at once, with the signal's reason.
 */
export interface LocalIndex<Row extends object = Readonly<Record<string, unknown>>> {
  readonly name: string;
  /** The rows that mean the same as a question, with a decision: answer, suggest or none. */
  match(question: string, options?: MatchOptions): Promise<MatchResult<Row>>;
  /** The same for many questions, embedded together. */
  matchAll(questions: readonly string[], options?: MatchOptions): Promise<MatchResult<Row>[]>;
  /** The rows that mean nearly the same as one row, nearest first, itself left out. */
  similar(key: RowKey, options?: SimilarOptions): Promise<Answer<Row>[]>;
  /**
   * D numbers of unit length, for a query of your own. Throws LtdError "input" for a text without a letter or digit: it
   * has no vector.
   */
  embedOne(text: string, options?: { signal?: AbortSignal }): Promise<Float32Array>;
  /** N texts -> N x D, rows of unit length; the row of a text without a letter or digit is NaN. */
  embed(texts: readonly string[], options?: { signal?: AbortSignal }): Promise<Matrix>;
  /** Waits for the calls under way, then ends the worker threads and closes the file or the connections. */
  close(): Promise<void>;
}

/**
 * An index that is open: a database, a model and their settings. Any number of calls may be under way; questions that
 * come together are embedded together.
 *
 * Every `signal` ends its call at once, with the signal's reason; what the call had running on a server is cancelled
 * there.
 */
export interface Index<Row extends object = Readonly<Record<string, unknown>>> extends LocalIndex<Row> {
  /** The rows that are best by meaning and by words together. */
  search(question: string, options?: SearchOptions): Promise<SearchResult<Row>>;
  /** Embeds what has changed. */
  sync(options?: SyncOptions): Promise<SyncResult>;
  status(): Promise<IndexStatus>;
  /** Groups of rows that mean something alike. With `save`, they are kept and only what is new is assigned. */
  cluster(options?: ClusterOptions): Promise<ClusterResult>;
  /** Groups of rows that say nearly the same, each with the row to keep. */
  dedupe(options?: DedupeOptions): Promise<DedupeResult>;
  /**
   * Waits for the calls under way, a `sync` stops. Then ends the worker threads, and the connections if they were
   * opened here.
   */
  close(): Promise<void>;
  /** Says whether the answer to a logged question helped: see `feedback`. */
  feedback(given: Feedback): Promise<void>;
  /** Groups of logged questions without a sure answer, the most wanted first: see docs/loop.md. */
  gaps(options?: GapsOptions): Promise<GapsResult>;
}
