import assert from "node:assert/strict";
import { test } from "node:test";
import { readJiebaDictionary } from "../../src/text/jieba.ts";
import { normalize } from "../../src/text/normalize.ts";
import { segment } from "../../src/text/segment.ts";
import { WordTrie } from "../../src/text/word-trie.ts";

const dictionary = new WordTrie(readJiebaDictionary());
const golden: [text: string, words: string[]][] = [
  ["我的花呗怎么还款，急！", ["我", "的", "花", "呗", "怎么", "还款", ",", "急", "!"]],
  ["iPhone15手机多少钱", ["iphone", "15", "手机", "多少", "钱"]],
  ["B超 和 C++ 与 3.5G", ["b超", "和", "c++", "与", "3", ".", "5", "g"]],
  ["wifi 5g", ["wifi", "5", "g"]],
  ["𠮷野家怎么走", ["𠮷", "野", "家", "怎么", "走"]],
  ["a 1 b", ["a", "1", "b"]],
  ["", []],
];

for (const [text, words] of golden) {
  test(`segment ${JSON.stringify(text)}`, () => {
    assert.deepEqual(segment(normalize(text), dictionary), words);
  });
}

test("words are the text without blanks", () => {
  for (const text of ["高血压 该怎么治疗?", "x1y2 z33！！", "臺灣 대한민국 😀"]) {
    assert.equal(segment(normalize(text), dictionary).join(""), normalize(text).replaceAll(" ", ""));
  }
});

test("a user's word in the dictionary is kept whole", () => {
  const withWord = new WordTrie([...readJiebaDictionary(), { word: "花呗", frequency: 1000, documentFrequency: 0 }]);
  assert.deepEqual(segment("我的花呗", withWord), ["我", "的", "花呗"]);
  assert.deepEqual(segment("我的花呗", dictionary), ["我", "的", "花", "呗"]);
});
