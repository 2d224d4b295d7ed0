import type { Database } from "../database.ts";
import type { IndexRecord } from "../index-record.ts";
import { type Neighbour, vectorParameter } from "./nearest.ts";
import { readIndex, type ReadOptions } from "./read-index.ts";
import { searchParts } from "./search-parts.ts";
import { statement } from "../statement/statement.ts";

/** A row that {@link searchRows} found, by its vector, by its words, or by both. */
export interface FoundRow extends Omit<Neighbour, "similarity" | "refusal" | "wordings"> {
  /** Weighted mean of similarity and words; larger is better, and comparable within one question only. */
  readonly score: number;
  /** Cosine, in [-1, 1]; null where the question or the row has no vector. */
  readonly similarity: number | null;
  /** Its rank among the nearest, from 1 on; null: not among them. */
  readonly vectorRank: number | null;
  /** Its rank among those that have the words, from 1 on. Null: it has none of them, or not among the first. */
  readonly wordsRank: number | null;
  /** BM25; null where `wordsRank` is. */
  readonly wordsScore: number | null;
  /** The lexemes of the question that it has, the rarest first. */
  readonly lexemes: readonly string[];
  /** What the words weigh for this question, 0 to 1; the vectors weigh the rest. */
  readonly wordsWeight: number;
}

/** Settings of {@link searchRows}. */
export interface SearchRowsOptions extends ReadOptions {
  /** What the words weigh, 0 to 1; the vectors weigh the rest. Default: by the lengths of question and rows. */
  wordsWeight?: number;
}

/**
 * The k rows that are best by vector and words together, best first.
 *
 * @param vector `index.dims` numbers, or null where the question has none
 * @param lexemes of the question: see `askedLexemes`
 *
 * Throws as {@link readIndex} does.
 */
export async function searchRows(
  database: Database,
  index: IndexRecord,
  vector: Float32Array | null,
  lexemes: readonly string[],
  k: number,
  options: SearchRowsOptions = {},
): Promise<FoundRow[]> {
  const parameter = vector && vectorParameter(index, vector);
  const { rows } = await readIndex<FoundRow>(database, index, k, options, ({ contained, where }) => ({
    text: statement("ask/search", searchParts(index, where)),
    parameters: [parameter, lexemes, k, contained, options.wordsWeight ?? null],
  }));
  return rows;
}
