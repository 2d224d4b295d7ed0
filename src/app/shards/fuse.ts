import type { FoundRow } from "../../db/ask/search.ts";
import type { CandidateRow, WeighedWord, WordCount } from "../../db/ask/search-shard.ts";
import type { KeyColumn } from "../../db/index-record.ts";
import { groupBy } from "../../group-by.ts";
import { compareKeys } from "./compare-keys.ts";

/** Rows that the words may look at in all shards together: see sql/ask/search.sql. */
const MOST_ROWS = 20_000;
/** Rows of each leg that are fused at least. */
const LEAST_FUSED = 50;
/** A bound of BM25 for a word of IDF 1: k1 + 1. */
const MOST_OF_WORD = 1.2 + 1;

/** What the words of a question weigh in all shards together. */
export interface GlobalWords {
  /** Those that are looked up and that at least one row has. */
  readonly words: readonly WeighedWord[];
  /** Mean length of the rows that have one of them; 1 where none has. */
  readonly meanLength: number;
  /** Sum of the inverse document frequencies of all words of the question, whether looked up or not. */
  readonly questionIdf: number;
}

/** The inverse document frequencies that one index with the rows of all shards would use. */
export function weighWords(counts: readonly (readonly WordCount[])[]): GlobalWords {
  const entries = counts.reduce((sum, of) => sum + (of[0]?.entries ?? 0), 0);
  const all = [...groupBy(counts.flat(), ({ lexeme }) => lexeme)].map(([lexeme, of]) => ({
    lexeme,
    commonRows: sumOf(of, (each) => each.commonRows),
    hits: sumOf(of, (each) => each.hits ?? each.commonRows),
    length: sumOf(of, (each) => each.length ?? 0),
    counted: sumOf(of, (each) => (each.length === null ? 0 : (each.hits ?? 0))),
  }));
  all.sort((one, other) => one.commonRows - other.commonRows || (one.lexeme < other.lexeme ? -1 : 1));
  let rowsSoFar = 0;
  const asked = all.filter(({ commonRows }, at) => (rowsSoFar += commonRows) <= MOST_ROWS || at === 0);
  const counted = sumOf(asked, (each) => each.counted);
  const idfOf = (hits: number) => Math.log(1 + Math.max(entries - hits + 0.5, 0.5) / (hits + 0.5));
  return {
    words: asked.filter(({ hits }) => hits > 0).map(({ lexeme, hits }) => ({ lexeme, idf: idfOf(hits) })),
    questionIdf: sumOf(all, ({ hits }) => idfOf(hits)),
    meanLength: counted === 0 ? 1 : sumOf(asked, ({ length }) => length) / counted,
  };
}

/**
 * The best k of the candidates of all shards.
 *
 * They are ranked by vector and by words over all shards, then by a weighted mean of both scores, as sql/ask/search.sql
 * does for one index.
 *
 * @param lexemes all that the question was asked with
 * @param questionIdf see {@link GlobalWords}
 * @param wordsWeight null: by the lengths of question and rows
 */
export function fuse(
  candidates: readonly CandidateRow[],
  key: readonly KeyColumn[],
  lexemes: readonly string[],
  questionIdf: number,
  k: number,
  wordsWeight: number | null,
): FoundRow[] {
  const most = Math.max(k, LEAST_FUSED);
  const byKey = compareKeys(key);
  const near = candidates
    .filter(({ isNear }) => isNear)
    .toSorted((one, other) => one.distance! - other.distance! || byKey(one.key, other.key))
    .slice(0, most);
  const worded = candidates
    .filter(({ hasWords }) => hasWords)
    .toSorted(
      (one, other) => other.exact - one.exact || other.wordsScore! - one.wordsScore! || byKey(one.key, other.key),
    )
    .slice(0, most);
  const weight = wordsWeight ?? weightOfWords([...near, ...worded], lexemes);
  const vectorRanks = new Map(near.map((row, at) => [row, at + 1]));
  const wordsRanks = new Map(worded.map((row, at) => [row, at + 1]));
  return [...new Set([...near, ...worded])]
    .map((row) => {
      const [vectorRank, wordsRank] = [vectorRanks.get(row) ?? null, wordsRanks.get(row) ?? null];
      const similarity = row.distance === null ? null : 1 - row.distance;
      const share = row.wordsScore === null ? 0 : row.wordsScore / (MOST_OF_WORD * questionIdf);
      return {
        key: row.key,
        score: (1 - weight) * (similarity ?? 0) + weight * share + (row.exact > 0 ? 1 + row.exact : 0),
        similarity,
        vectorRank,
        wordsRank,
        wordsScore: wordsRank === null ? null : row.wordsScore,
        lexemes: row.lexemes,
        wordsWeight: weight,
        row: row.row,
        values: row.values,
      };
    })
    .toSorted(
      (one, other) =>
        other.score - one.score ||
        (one.vectorRank ?? Infinity) - (other.vectorRank ?? Infinity) ||
        (one.wordsRank ?? Infinity) - (other.wordsRank ?? Infinity),
    )
    .slice(0, k);
}

/** Words count more the longer the question is than the rows, and for a word alone. */
function weightOfWords(rows: readonly CandidateRow[], lexemes: readonly string[]): number {
  const plain = lexemes.filter((lexeme) => !lexeme.includes(" ") && !/^"./su.test(lexeme)).length;
  const longer =
    rows.length === 0 || lexemes.length === 0 ? 0 : 1 - sumOf(rows, (row) => row.length) / rows.length / lexemes.length;
  return Math.max(longer, 1 / Math.max(plain, 1) ** 2, 0);
}

function sumOf<Item>(items: readonly Item[], value: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0);
}
