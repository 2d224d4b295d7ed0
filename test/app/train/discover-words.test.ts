import assert from "node:assert/strict";
import { test } from "node:test";
import { discoverWords } from "../../../src/app/train/discover-words.ts";
import type { WordRow } from "../../../src/text/word-columns.ts";

const row = (word: string, frequency = 1000): WordRow => ({ word, frequency, documentFrequency: 0 });

/** 400 sentences, cut into words: 呗 stands only behind 花, in many places; 的 and 不 stand everywhere; 喀 only between 阿 and 达. */
const sentences = Array.from({ length: 400 }, (_, at) => {
  const [before, behind] = [`前${at % 23}`, `后${at % 19}`];
  if (at % 4 === 0) return [before, "花", "呗", behind, "不", "的"];
  if (at % 4 === 1) return [before, "花", behind, "的", "不", before];
  if (at % 4 === 2) return ["阿", "喀", "达", behind];
  return [behind, "的", before, "不", behind];
});
async function* corpus() {
  yield* sentences;
}

test("a word that a dictionary cuts apart is found by what holds together and stands freely", async () => {
  const dictionary = [row("花"), row("呗"), row("的"), row("不"), row("阿"), row("喀"), row("达")];
  const found = await discoverWords(corpus, dictionary);
  assert.deepEqual(
    found.map(({ word }) => word),
    ["花呗"],
    "not 的不, which chance puts together, nor 阿喀 and 喀达, which never stand without the other",
  );
  const total = dictionary.reduce((sum, { frequency }) => sum + frequency, 0);
  assert.ok(found[0]!.frequency / total > (1000 / total) ** 2, "the cut prefers it to its parts");
});

test("a word that the dictionary has is not found again", async () => {
  assert.deepEqual(await discoverWords(corpus, [row("花呗"), row("花"), row("呗")]), []);
});
