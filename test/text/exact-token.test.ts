import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { exactTokens } from "../../src/text/exact-token.ts";
import { askedLexemes, lexemes } from "../../src/text/lexemes.ts";
import { normalize } from "../../src/text/normalize.ts";

const tokensOf = (text: string) => exactTokens(text, normalize(text));

describe("exact tokens", () => {
  for (const [text, whole, parts, words] of [
    ["怎么设置 ANDROID_HOME？", ["android_home"], ["android", "home"], ["android", "home"]],
    ["错误码E2003是什么", ["e2003"], [], []],
    ["tween_count.max-2", ["tween_count.max-2"], ["tween", "count", "max"], ["tween", "count", "max"]],
    [
      "getUserName 和 XMLHttpRequest",
      ["getusername", "xmlhttprequest"],
      [],
      ["get", "user", "name", "xml", "http", "request"],
    ],
    ["版本 1.2.3，价格 99，号码 995", ["1.2.3", "995"], [], []],
    ["ＲＴＸ－４０９０Ti 显卡", ["rtx-4090ti"], ["rtx", "4090ti"], ["rtx", "ti"]],
    ["用 C 语言写 a 和 7", [], [], []],
    ["见 README.", ["readme"], [], ["readme"]],
    ["什么...ok?", ["ok"], [], ["ok"]],
    ["Café Größe", ["café", "größe"], [], ["caf", "gr"]],
    ["蜂蜜怎么保存", [], [], []],
  ] as const) {
    it(`of ${text}`, () => assert.deepEqual(tokensOf(text), { whole, parts, words }));
  }

  it("are found by rows with their parts, and asked for as a whole", () => {
    const input = { words: ["设置", "android", "_", "home"], tokens: tokensOf("设置 ANDROID_HOME") };
    const row = lexemes(input);
    assert.ok(
      ['"android_home"', '"android"', '"home"', "android", "home", "设 置"].every((each) => row.includes(each)),
    );
    const asked = askedLexemes(input);
    assert.ok(asked.includes('"android_home"') && !asked.includes('"home"'));
    assert.deepEqual(asked.slice(0, 4), ["设置", "android", "home", '"android_home"'], "pairs of characters come last");
    assert.equal(new Set(row).size, row.length);
  });

  it("and all words of a long row are kept, and the first of its pairs", () => {
    const letters = Array.from({ length: 1_000 }, (_, at) => String.fromCodePoint(0x4e00 + at));
    const row = lexemes({ words: [...letters, "e2003"], tokens: tokensOf("E2003") });
    assert.equal(row.length, 1_500);
    assert.ok([...letters, "e2003", '"e2003"', `${letters[0]} ${letters[1]}`].every((each) => row.includes(each)));
    assert.ok(!row.includes(`${letters[998]} ${letters[999]}`));
  });
});
