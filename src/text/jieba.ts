import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import nodejieba from "nodejieba";
import { LtdError } from "../errors.ts";
import { normalize } from "./normalize.ts";
import type { CutWords } from "./segment.ts";
import type { WordRow } from "./tables.ts";

/** The dictionary that nodejieba has loaded: it keeps one a process. */
let loaded: readonly WordRow[] | undefined;

/**
 * A cutter over the rows with a frequency: maximum probability, no HMM, by nodejieba (cppjieba's MPSegment).
 *
 * nodejieba keeps one dictionary a process, so a process that uses cutters of two dictionaries in turn loads one at every change (some
 * hundred milliseconds): use one model a process where that matters.
 */
export function createJiebaCutter(rows: readonly WordRow[]): CutWords {
  const dictionary = rows.filter((row) => row.frequency > 0);
  if (dictionary.length === 0)
    throw new LtdError("model", "the word table has no word with a frequency above 0 to segment with");
  return (text) => {
    if (loaded !== rows) {
      load(dictionary);
      loaded = rows;
    }
    return nodejieba.cut(text, false);
  };
}

/** nodejieba reads files only, aborts the process on a missing one, and wants five: those that a plain cut never reads are made minimal. */
function load(dictionary: readonly WordRow[]): void {
  const folder = mkdtempSync(join(tmpdir(), "ltd-index-"));
  try {
    const file = (name: string, content: string) => {
      const path = join(folder, name);
      writeFileSync(path, content);
      return path;
    };
    nodejieba.load({
      dict: file("dict", dictionary.map((row) => `${row.word} ${row.frequency} x\n`).join("")),
      userDict: file("user", ""),
      idfDict: file("idf", "的 1\n"),
      stopWordDict: file("stop", "的\n"),
    });
  } catch (cause) {
    throw new LtdError("model", "the segmenter nodejieba cannot be loaded", {
      hint: "it is compiled when it is installed: a C++ compiler, make and Python 3 are needed, then `npm rebuild nodejieba`",
      cause,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** jieba's own dictionary (MIT), which comes with nodejieba: its words normalised, those that normalise to the same word added up. */
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
