import type { StoredWeight } from "../../db/indexes/weight.ts";
import type { ModelPackage } from "../../embed/model-package.ts";
import { LtdError } from "../../errors.ts";
import { hasMeaning, normalize } from "../../text/normalize.ts";
import { segment } from "../../text/segment.ts";
import { WordTrie } from "../../text/word-trie.ts";
import { createFrequencyToWin, userWords, type WordWeights } from "../../text/word-weight.ts";

const LONGEST_WORD = 30;
const LARGEST_IDF = 100;

/** A word's IDF to be set. */
export interface WantedWeight {
  word: string;
  /** 0 to 100. */
  idf: number;
  /** For segmentation, at least 1. Default: none where the word is found without, else the least with which it is. */
  frequency?: number;
}

/**
 * The weights as they are stored: words normalised. A word that segmentation does not find by itself gets the frequency
 * that it needs.
 * @throws LtdError "usage" for a word that cannot be one, or a number out of range
 */
export function checkWanted(wanted: readonly WantedWeight[], model: ModelPackage): Map<string, StoredWeight> {
  const rows = model.words;
  const base = model.tables.words;
  const frequencyToWin = createFrequencyToWin(base, rows);
  const stored = new Map<string, StoredWeight>();
  for (const { word: written, idf, frequency } of wanted) {
    const word = normalize(written);
    if (!hasMeaning(word) || /\s/u.test(word) || Array.from(word).length > LONGEST_WORD) {
      throw new LtdError("usage", `${JSON.stringify(written)} is not one word`, {
        hint: `a word has a letter or digit, no blank, and at most ${LONGEST_WORD} characters`,
      });
    }
    if (!(idf >= 0 && idf <= LARGEST_IDF)) {
      throw new LtdError("usage", `the IDF of ${written} is ${idf}, but must be a number from 0 to ${LARGEST_IDF}`, {
        hint: "0: hardly counts; the model's own are 1 (in every text) to about 15 (very rare)",
      });
    }
    if (frequency !== undefined) {
      const least = Math.max(1, rows.find((row) => row.word === word)?.frequency ?? 0);
      if (!Number.isSafeInteger(frequency) || frequency < least) {
        throw new LtdError(
          "usage",
          `the frequency of ${written} is ${frequency}, but must be a whole number from ${least} on`,
          {
            hint: "leave it out: the lowest at which the word is found is used then",
          },
        );
      }
    }
    const isFound = segment(word, base).length === 1;
    const needed = isFound ? null : frequencyToWin(word);
    stored.set(word, { idf, frequency: frequency ?? needed, fitted: false });
  }
  requireCut(rows, stored);
  return stored;
}

/** A word that the segmenter never gives would weigh nothing anywhere. */
function requireCut(rows: ModelPackage["words"], weights: WordWeights): void {
  const cutter = new WordTrie(rows, userWords(weights));
  for (const [word, { frequency }] of weights) {
    const pieces = segment(word, cutter);
    if (pieces.length === 1) continue;
    throw new LtdError("usage", `${word} is always cut into ${pieces.join(" ")}`, {
      hint: frequency === null ? "set its parts" : `set its parts, or give it a frequency above ${frequency}`,
    });
  }
}
