import { LtdError } from "../errors.ts";

/** A line of a word list. */
export interface ListedWeight {
  word: string;
  idf: number;
  /** For segmentation; left out where the word is found without. */
  frequency?: number;
}

/**
 * Reads a word list: word, IDF and, if it has one, frequency, separated by tabs. Empty lines are passed over. Throws an
 * LtdError "input" with the line that is wrong.
 */
export function parseWeights(text: string): ListedWeight[] {
  const weights = new Map<string, ListedWeight>();
  for (const [at, line] of text
    .replace(/^\u{feff}/u, "")
    .split(/\r?\n/)
    .entries()) {
    if (line.trim() === "") continue;
    const [word = "", idf = "", frequency, ...rest] = line.split("\t");
    const isNumber = (field: string) => field.trim() !== "" && Number.isFinite(Number(field));
    if (
      word.trim() === "" ||
      !isNumber(idf) ||
      (frequency && !isNumber(frequency)) ||
      rest.length > 0 ||
      weights.has(word)
    ) {
      const what = weights.has(word) ? "repeats a word" : 'is not "word, IDF, frequency"';
      throw new LtdError("input", `line ${at + 1} ${what}: ${line}`, {
        hint: "write a word and its IDF, separated by a tab, as `ltd-index weights export` does",
      });
    }
    weights.set(word, { word, idf: Number(idf), ...(frequency && { frequency: Number(frequency) }) });
  }
  return [...weights.values()];
}

/** Writes a word list as {@link parseWeights} reads it. */
export function formatWeights(weights: Iterable<{ word: string; idf: number; frequency: number | null }>): string {
  let text = "";
  for (const { word, idf, frequency } of weights)
    text += `${word}\t${idf}${frequency === null ? "" : `\t${frequency}`}\n`;
  return text;
}
