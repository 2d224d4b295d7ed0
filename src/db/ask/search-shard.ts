import type { Database } from "../database.ts";
import { entryTable } from "../statement/key.ts";
import { sqlText } from "../statement/sql-text.ts";
import { statement } from "../statement/statement.ts";
import type { IndexRecord } from "../index-record.ts";
import { type Neighbour, vectorParameter } from "./nearest.ts";
import { readIndex, type ReadOptions } from "./read-index.ts";
import { searchParts } from "./search-parts.ts";

/** What one lexeme of a question counts for in a shard. */
export interface WordCount {
  readonly lexeme: string;
  /** Entries of the shard's index. */
  readonly entries: number;
  /** Rows that have it, by what ANALYZE has counted; 0: few. */
  readonly commonRows: number;
  /** Rows that have it, and the sum of their lengths in lexemes. Null for one that is too common to be counted. */
  readonly hits: number | null;
  readonly length: number | null;
}

/** A word with what it weighs in all shards together. */
export interface WeighedWord {
  readonly lexeme: string;
  readonly idf: number;
}

/** A row of a shard that may be among the best of all shards. */
export interface CandidateRow extends Pick<Neighbour, "key" | "row" | "values"> {
  /** Cosine distance; null for a row without a vector. */
  readonly distance: number | null;
  /** Whether it is among the first of its shard by vector, and by words. */
  readonly isNear: boolean;
  readonly hasWords: boolean;
  /** Share of the rare exact tokens of the question that it has, in [0, 1]. */
  readonly exact: number;
  /** BM25; null where it has none of the words. */
  readonly wordsScore: number | null;
  /** In lexemes, without punctuation. */
  readonly length: number;
  /** Those of the question that it has, the rarest first. */
  readonly lexemes: readonly string[];
}

/** Counts the lexemes of a question in one shard. Throws as {@link readIndex} does. */
export async function countShardWords(
  database: Database,
  index: IndexRecord,
  lexemes: readonly string[],
  { signal }: Pick<ReadOptions, "signal">,
): Promise<WordCount[]> {
  if (lexemes.length === 0) return [];
  const { rows } = await readIndex<WordCount & { row: object }>(database, index, 0, { signal }, () => ({
    text: statement("ask/search-counts", { entry: entryTable(index), id: sqlText`${index.id}` }),
    parameters: [lexemes],
  }));
  return rows;
}

/** What {@link searchShard} looks for. */
export interface ShardQuestion {
  /** `index.dims` numbers. */
  readonly vector: Float32Array;
  /** Words of the question that at least one row of a shard has. */
  readonly words: readonly WeighedWord[];
  /** Mean length of the rows that have a word, over all shards. */
  readonly meanLength: number;
  /** Whether rows with rare exact tokens come first. */
  readonly exactFirst: boolean;
}

/** The rows of one shard that may be among the best k, or 50, by vector or by words. Throws as {@link readIndex}. */
export async function searchShard(
  database: Database,
  index: IndexRecord,
  { vector, words, meanLength, exactFirst }: ShardQuestion,
  k: number,
  options: ReadOptions,
): Promise<CandidateRow[]> {
  const parameter = vectorParameter(index, vector);
  const [lexemes, idfs] = [words.map(({ lexeme }) => lexeme), words.map(({ idf }) => idf)];
  const { rows } = await readIndex<CandidateRow>(database, index, k, options, ({ contained, where }) => {
    const { id: _, ...parts } = searchParts(index, where, sqlText`$6`);
    return {
      text: statement("ask/search-shard", parts),
      parameters: [parameter, lexemes, idfs, meanLength, k, contained, exactFirst],
    };
  });
  return rows;
}
