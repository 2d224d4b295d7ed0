import assert from "node:assert/strict";
import { test } from "node:test";
import { bareText, hasMeaning, normalize, startOf } from "../../src/text/normalize.ts";
import { SIMPLIFIED, TRADITIONAL } from "../../src/text/simplified.ts";

const spellings: [given: string, expected: string][] = [
  ["怎么退款？", "怎么退款?"],
  ["ＡＢＣ　１２３", "abc 123"],
  ["  退\t款\r\n流程  ", "退 款 流程"],
  ["\u{feff}退\u{200b}款\u{0}", "退款"],
  ["ﬁ①㈱", "fi1(株)"],
  ["iPhone İ", "iphone i\u{307}"],
  ["坏\u{d800}的\u{dc00}", "坏的"],
  ["好😀", "好😀"],
  ["怎麼申請退款，還錢於何時", "怎么申请退款,还钱于何时"],
  ["乾隆與著名的餅乾", "干隆与著名的饼干"],
  ["怎 么 退　款 ？", "怎么退款 ?"],
  ["买 a 还 是 b 好 呢", "买 a 还 是 b 好 呢"],
  ["北京 上海 广州", "北京 上海 广州"],
  ["e\u{200b}\u{301}か\u{d800}\u{3099}", "\u{e9}が"],
  ["", ""],
];

for (const [given, expected] of spellings) {
  test(`normalize ${JSON.stringify(given)}`, () => {
    assert.equal(normalize(given), expected);
    assert.equal(normalize(expected), expected, "idempotent");
  });
}

test("every character is spelled the same alone and beside one that depends on its neighbours", () => {
  for (let unit = 1; unit < 65_536; unit++) {
    const text = `退 ${String.fromCharCode(unit)}　款？A`;
    assert.equal(`${normalize(text)}é`, normalize(`${text}é`), unit.toString(16));
  }
});

test("every character that is a letter or a digit has meaning and is kept, no other", () => {
  for (let unit = 1; unit < 65_536; unit++) {
    const character = String.fromCharCode(unit);
    assert.equal(hasMeaning(`？${character}`), /[\p{L}\p{N}]/u.test(character), unit.toString(16));
    const letters = normalize(`${character}𠮷`).replaceAll(/[^\p{L}\p{N}]/gu, "");
    assert.equal(`${bareText(`-${character}-`)}𠮷`, letters, unit.toString(16));
  }
});

test("letters, Chinese characters and digits mean something; emoji, punctuation and blanks do not", () => {
  for (const text of ["退", "a", "1", "？退", "臺", "한"]) assert.ok(hasMeaning(normalize(text)), text);
  for (const text of ["", " ", "😀👍🏽", "？！…", "\u{d800}", "——", "\u{200b}"])
    assert.ok(!hasMeaning(normalize(text)), text);
});

test("traditional characters have simplified ones, one each, that are none themselves", () => {
  assert.equal(SIMPLIFIED.length, TRADITIONAL.length);
  assert.equal(new Set(TRADITIONAL).size, TRADITIONAL.length);
  for (const character of SIMPLIFIED) assert.ok(!TRADITIONAL.includes(character), character);
  assert.equal(normalize(TRADITIONAL), SIMPLIFIED);
});

test("the beginning of a long text is that of the whole, and of the text only what it needs is normalised", () => {
  const kinds = ["退款", "Ｔ恤！", "怎 么 ", "\u{200b}", " \n ", "😀", "e\u{301}", "臺", "か\u{3099}"];
  for (let seed = 1; seed < 200; seed++) {
    const text = Array.from(
      { length: 900 },
      (_, at) => kinds[(at * at * seed + (at >> (seed % 7))) % kinds.length],
    ).join("");
    for (const form of [normalize, bareText]) {
      const read: number[] = [];
      const start = startOf(text, 128, (given) => (read.push(given.length), form(given)));
      assert.equal(start, Array.from(form(text)).slice(0, 128).join(""));
      assert.ok(read[0]! <= 1024 && read.length <= 2, String(read));
    }
  }
  const lengths: number[] = [];
  startOf("怎么申请退款？".repeat(600), 128, (given) => (lengths.push(given.length), normalize(given)));
  assert.deepEqual(lengths, [1024]);
  assert.equal(
    startOf(`退${"\u{200b}".repeat(4000)}款`, 128, normalize),
    "退款",
    "blank at its beginning: all is read",
  );
});
