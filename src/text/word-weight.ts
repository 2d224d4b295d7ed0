import type { WordCutter } from "./segment.ts";
import type { WordRow } from "./word-columns.ts";

/** The weight of a word where it differs from the model's table. */
export interface WordWeight {
  /** 0 (the word hardly counts) to 100; the model's own are 1 to about 15. */
  readonly idf: number;
  /** Makes it a word of the dictionary, with this frequency; null where segmentation finds it by itself. */
  readonly frequency: number | null;
}

/** Weights by word. */
export type WordWeights = ReadonlyMap<string, WordWeight>;

/** Those words that segmentation has to be told of, with their frequency. */
export function userWords(weights: WordWeights): Map<string, number> {
  const found = new Map<string, number>();
  for (const [word, { frequency }] of weights) if (frequency !== null) found.set(word, frequency);
  return found;
}

/**
 * The least frequency at which a word standing alone is segmented as one. Its probability is then just above the
 * product of those of the words it would be cut into.
 *
 * Source: `suggest_freq` of jieba.
 */
export function createFrequencyToWin(cutter: WordCutter, rows: readonly WordRow[]): (word: string) => number {
  const frequencies = new Map(rows.filter((row) => row.frequency > 0).map((row) => [row.word, row.frequency]));
  let total = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const frequency of frequencies.values()) {
    total += frequency;
    least = Math.min(least, frequency);
  }
  return (word) => {
    // the segmenter takes a character that it does not know for as frequent as the rarest word
    const shares = cutter.cut(word).map((piece) => (frequencies.get(piece) ?? least) / total);
    return Math.floor(total * shares.reduce((product, share) => product * share, 1)) + 1;
  };
}
