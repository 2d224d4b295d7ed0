import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import nodejieba from "nodejieba";
import { readTexts, readTitles } from "../../bench/shared/workload.ts";
import { readJiebaDictionary } from "../../src/text/jieba.ts";
import { normalize } from "../../src/text/normalize.ts";
import type { WordRow } from "../../src/text/word-columns.ts";
import { WordTrie } from "../../src/text/word-trie.ts";

const row = (word: string, frequency: number): WordRow => ({ word, frequency, documentFrequency: 0 });

/** nodejieba reads files only and wants five: those that a plain cut never reads are made minimal. It keeps one dictionary a process. */
function loadTwin(
  rows: readonly WordRow[],
  userWords: ReadonlyMap<string, number> = new Map(),
): (text: string) => string[] {
  const folder = mkdtempSync(join(tmpdir(), "ltd-jieba-"));
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  nodejieba.load({
    dict: file("dict", rows.map(({ word, frequency }) => `${word} ${frequency} x\n`).join("")),
    userDict: file("user", [...userWords].map(([word, frequency]) => `${word} ${frequency} x\n`).join("")),
    idfDict: file("idf", "的 1\n"),
    stopWordDict: file("stop", "的\n"),
  });
  rmSync(folder, { recursive: true });
  return (text) => nodejieba.cut(text, false);
}

describe("the word trie", () => {
  it("cuts as jieba without HMM, on questions, answers and noise", () => {
    const dictionary = readJiebaDictionary();
    const trie = new WordTrie(dictionary);
    const twin = loadTwin(dictionary);
    const units = Array.from("高血压的 ，。！，a1b𠮷😀中国人民銀行iphone ㍿".normalize("NFC"));
    let state = 1;
    const noise = Array.from({ length: 3000 }, (_, length) =>
      Array.from({ length: length % 40 }, () => {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0; // Numerical Recipes' generator
        return units[(state >>> 8) % units.length]!;
      }).join(""),
    );
    const texts = [...readTitles(6165), ...readTexts("titles", 6165), ...noise];
    for (const text of [...texts, ...texts.map(normalize), "长".repeat(600), "，", ""]) {
      assert.deepEqual(trie.cut(text), twin(text), text);
    }
  });

  it("cuts as jieba with a dictionary of its own, where ties and gaps are", () => {
    // 甲乙丙 as likely as 甲 and 乙丙 together; 丁戊己 begins as no word does
    const rows = [row("甲", 4), row("乙丙", 4), row("甲乙丙", 1), row("丁戊己", 2), row("𠮷野", 3), row("，x", 2)];
    const trie = new WordTrie(rows);
    const twin = loadTwin(rows);
    for (const text of ["甲乙丙", "丁戊", "丁戊己庚", "𠮷野𠮷", "甲，x乙丙", "乙甲乙丙丁"]) {
      assert.deepEqual(trie.cut(text), twin(text), text);
      assert.equal(trie.cut(text).join(""), text);
    }
    assert.deepEqual(trie.cut("甲乙丙"), ["甲", "乙丙"]);
  });

  it("cuts as jieba with user words, and otherwise only where one is cut out", () => {
    const dictionary = readJiebaDictionary();
    const userWords = new Map([
      ["花呗", 3],
      ["血压高", 1],
      ["压高", 90_000],
      ["的人", 500_000],
      ["治疗", 900_000],
      ["iphone15", 2],
      ["吃什么药", 1_000],
    ]);
    const [trie, plain] = [new WordTrie(dictionary, userWords), new WordTrie(dictionary)];
    const twin = loadTwin(dictionary, userWords);
    let changed = 0;
    for (const text of [...readTitles(6165), "我的花呗额度", "棉花呗呗地飘", "iphone15和iphone150"]) {
      const words = trie.cut(text);
      assert.deepEqual(words, twin(text), text);
      if (words.some((word) => userWords.has(word))) changed += 1;
      else assert.deepEqual(words, plain.cut(text), text);
    }
    assert.ok(changed > 100, `${changed}`);
    assert.deepEqual(
      ["花呗", "治疗"].map((word) => trie.find(word) >= 0),
      [false, true],
    );
  });

  it("finds the row of each word, also of those that it does not cut with", () => {
    const rows = [row("甲乙", 4), row("iphone", 0), row("甲", 0), row("𠮷", 1)];
    const trie = new WordTrie(rows);
    assert.deepEqual(
      ["甲乙", "iphone", "甲", "𠮷", "乙", "甲乙丙", "iph", "\ud842", ""].map((word) => trie.find(word)),
      [0, 1, 2, 3, -1, -1, -1, -1, -1],
    );
    assert.deepEqual(trie.cut("甲iphone"), Array.from("甲iphone"));
    const dictionary = readJiebaDictionary();
    const whole = new WordTrie(dictionary);
    for (const [at, { word }] of dictionary.entries()) assert.equal(whole.find(word), at);
  });

  it("works with two dictionaries at once, and needs one word to cut with", () => {
    const one = new WordTrie([row("退款", 2), row("款", 1)]);
    const other = new WordTrie([row("退", 5), row("款", 5), row("退款", 0)]);
    assert.deepEqual([one.cut("退款"), other.cut("退款"), one.cut("退款")], [["退款"], ["退", "款"], ["退款"]]);
    for (const rows of [[], [row("退款", 0)]]) {
      assert.throws(() => new WordTrie(rows).cut("退款"), { name: "LtdError", message: /no word/ });
    }
  });
});
