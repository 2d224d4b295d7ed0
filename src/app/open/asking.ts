import type { Database } from "../../db/database.ts";
import { findFront } from "../../db/indexes/front.ts";
import type { LtdError } from "../../errors.ts";
import type { Matrix } from "../../vector/matrix.ts";
import type { Answer } from "../ask/answer.ts";
import { match, type MatchOptions, type MatchResult } from "../ask/match.ts";
import { search, type SearchOptions, type SearchResult } from "../ask/search.ts";
import { searchableIndex } from "../ask/searchable.ts";
import { similar, type SimilarOptions } from "../ask/similar.ts";
import type { LiveIndex } from "../live-index.ts";
import type { QuestionLog } from "../loop/question-log.ts";
import type { RowKey } from "../row-key.ts";
import type { EmbedderSettings } from "../same-embedder.ts";
import { searchableFront, searchFront, similarFront } from "../shards/ask.ts";
import { Front } from "../shards/front.ts";
import { declaredFront } from "../shards/declared.ts";

/** What answers questions: an index, or a front with its shards. Each call follows when another generation is live. */
export interface Asking {
  match<Row extends object>(questions: readonly string[], options: MatchOptions): Promise<MatchResult<Row>[]>;
  search<Row extends object>(questions: readonly string[], options: SearchOptions): Promise<SearchResult<Row>[]>;
  similar<Row extends object>(key: RowKey, options: SimilarOptions): Promise<Answer<Row>[]>;
  embed(texts: readonly string[], signal: AbortSignal | undefined): Promise<Matrix>;
  /** Ends the worker threads, and the connections to shards. */
  close(): Promise<void>;
}

/** Asks one index. */
export function askIndex(database: Database, live: LiveIndex, log: QuestionLog): Asking {
  return {
    match: (questions, options) =>
      live.read((generation) => match(searchableIndex(database, generation, log), questions, options)),
    search: (questions, options) =>
      live.read(({ record, embedder }) => search(database, record, embedder, questions, options)),
    similar: (key, options) => live.read(({ record }) => similar(database, record, key, options)),
    embed: async (texts, signal) => (await live.latest()).embedder.embed(texts, { signal }),
    close: () => live.close(),
  };
}

/** Asks all shards of a front. Closes it in the end. */
export function askFront(front: Front): Asking {
  return {
    match: (questions, options) => front.read((state) => match(searchableFront(front, state), questions, options)),
    search: (questions, options) => front.read((state) => searchFront(front, state, questions, options)),
    similar: (key, options) => front.read((state) => similarFront(front, state, key, options)),
    embed: async (texts, signal) => (await front.latest()).embedder.embed(texts, { signal }),
    close: () => front.close(),
  };
}

/** Opens the front of a name that is declared in a database; undefined: there is none. */
export async function openFront(
  database: Database,
  name: string,
  settings: EmbedderSettings & { connections?: number | undefined },
  onLate?: (shard: string, error: LtdError) => void,
): Promise<Front | undefined> {
  const record = await findFront(database, name);
  if (record === undefined) return undefined;
  const { connections, ...embedder } = settings;
  return Front.open({ ...declaredFront(database, record, connections), ...(onLate && { onLate }) }, embedder);
}
