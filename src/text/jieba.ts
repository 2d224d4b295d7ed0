import { readFileSync } from "node:fs";
import nodejieba from "nodejieba";
import { normalize } from "./normalize.ts";
import type { WordRow } from "./word-columns.ts";

/**
 * jieba's own dictionary (MIT), which comes with nodejieba. Words are normalised; frequencies of those that become the
 * same are added.
 */
export function readJiebaDictionary(): WordRow[] {
  const frequencies = new Map<string, number>();
  const { DEFAULT_DICT } = nodejieba as unknown as { DEFAULT_DICT: string }; // not in its types
  for (const line of readFileSync(DEFAULT_DICT, "utf8").split("\n")) {
    const [word = "", frequency = ""] = line.split(" ");
    const normalized = normalize(word);
    if (/^\S+$/u.test(normalized)) frequencies.set(normalized, (frequencies.get(normalized) ?? 0) + Number(frequency));
  }
  return [...frequencies].map(([word, frequency]) => ({ word, frequency, documentFrequency: 0 }));
}
