import type { Database } from "../../db/database.ts";
import type { Matrix } from "../../vector/matrix.ts";
import type { Answer } from "../ask/answer.ts";
import { match, type MatchOptions, type MatchResult } from "../ask/match.ts";
import type { SearchOptions, SearchResult } from "../ask/search.ts";
import { searchableIndex } from "../ask/searchable.ts";
import type { SimilarOptions } from "../ask/similar.ts";
import type { LiveIndex } from "../live-index.ts";
import type { QuestionLog } from "../loop/question-log.ts";
import type { RowKey } from "../row-key.ts";

/** What answers questions: an index, or a front with its shards. Each call follows when another generation is live. */
export interface Asking {
  match<Row extends object>(questions: readonly string[], options: MatchOptions): Promise<MatchResult<Row>[]>;
  search<Row extends object>(questions: readonly string[], options: SearchOptions): Promise<SearchResult<Row>[]>;
  similar<Row extends object>(key: RowKey, options: SimilarOptions): Promise<Answer<Row>[]>;
  embed(texts: readonly string[], signal: AbortSignal | undefined): Promise<Matrix>;
  /** Ends the worker threads, and the connections to shards. */
  close(): Promise<void>;
}

/** Asks one index. What `match` does not need is loaded when it is asked for: a process often asks one question. */
export function askIndex(database: Database, live: LiveIndex, log: QuestionLog): Asking {
  return {
    match: (questions, options) =>
      live.read((generation) => match(searchableIndex(database, generation, log), questions, options)),
    search: async (questions, options) => {
      const { search } = await import("../ask/search.ts");
      return live.read(({ record, embedder }) => search(database, record, embedder, questions, options));
    },
    similar: async (key, options) => {
      const { similar } = await import("../ask/similar.ts");
      return live.read(({ record }) => similar(database, record, key, options));
    },
    embed: async (texts, signal) => (await live.latest()).embedder.embed(texts, { signal }),
    close: () => live.close(),
  };
}
