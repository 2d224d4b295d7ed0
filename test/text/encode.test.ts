import assert from "node:assert/strict";
import { test } from "node:test";
import { encode } from "../../src/text/encode.ts";
import { buildTables, parseCharacters } from "../../src/text/tables.ts";
import { inverseDocumentFrequency } from "../../src/text/weigh.ts";
import { formatWords, WordColumns } from "../../src/text/word-columns.ts";

const rows = [
  { word: "退款", frequency: 50, documentFrequency: 9 },
  { word: "怎么", frequency: 100, documentFrequency: 99 },
  { word: "的", frequency: 500, documentFrequency: 999 },
];
const tables = buildTables(parseCharacters("怎\n么\n退\n款\n"), rows, 999, 1);
const options = { tables, smoothing: 1, maxChars: 4 };

test("ids: characters from the table, a word's id for each of its characters, unknown 1", () => {
  const input = encode("怎么退款", options)!;
  assert.deepEqual([...input.charIds], [2, 3, 4, 5]);
  assert.deepEqual([...input.wordIds], [1, 1, 2, 2]);
  assert.deepEqual([...encode("新", options)!.charIds], [1]);
  assert.deepEqual([...encode("𠮷怎", options)!.charIds], [1, 2]);
  assert.deepEqual(input.words, ["怎么", "退款"]);
  assert.equal(input.truncated, false);
});

test("weights: IDF over length plus smoothing, sum 1", () => {
  // ln(1000/100) + 1 and ln(1000/10) + 1, each over two characters, plus 1
  const [how, refund] = [(Math.log(10) + 1) / 2 + 1, (Math.log(100) + 1) / 2 + 1];
  const sum = 2 * how + 2 * refund;
  const { weights } = encode("怎么退款", options)!;
  [how, how, refund, refund].forEach((weight, at) => assert.ok(Math.abs(weights[at]! - weight / sum) < 1e-7));
});

test("an unknown word has the largest IDF, an override wins", () => {
  assert.equal(tables.unknownIdf, inverseDocumentFrequency(999, 0));
  const before = encode("怎么的", options)!.weights;
  const after = encode("怎么的", { ...options, weights: new Map([["的", { idf: 20, frequency: null }]]) })!.weights;
  assert.ok(after[2]! > before[2]! && after[0]! < before[0]!);
  assert.ok(Math.abs(after.reduce((a, b) => a + b) - 1) < 1e-6);
});

test("a long text keeps its first characters and all its words; a word that is cut keeps its whole length in the weight", () => {
  const input = encode("怎么的怎么退款", options)!;
  assert.deepEqual([...input.charIds], [2, 3, 1, 2]);
  assert.equal(input.truncated, true);
  assert.equal(input.words.length, 4);
  assert.ok(Math.abs(input.weights[3]! - input.weights[0]!) < 1e-7);
});

test("a text without letter or digit has no input", () => {
  for (const text of ["", "  ", "😀", "？！"]) assert.equal(encode(text, options), undefined);
});

test("the word table survives a round trip, and a bad line is named", () => {
  const text = formatWords(rows);
  const read = (given: string | Uint8Array) => WordColumns.parse(Buffer.from(given));
  assert.deepEqual([...read(text)], rows);
  assert.deepEqual([...read(text.trimEnd())], rows);
  assert.deepEqual([...WordColumns.of(rows)], rows);
  assert.deepEqual([...read("")], []);
  const all = [{ word: "aé退𠮷😀", frequency: Number.MAX_SAFE_INTEGER, documentFrequency: 0 }];
  assert.deepEqual([...read(formatWords(all))], all);
  for (const bad of [
    "退款\t5",
    "退款\t-1\t2",
    "退款\ta\t2",
    "\t1\t2",
    "退款\t1\t2\t3",
    "退款",
    "",
    `退款\t1\t${2 ** 53}`,
  ]) {
    const message = `line 2 of the word table is not "word, frequency, document frequency": ${bad}`;
    assert.throws(() => read(`好\t1\t1\n${bad}\n`), { name: "LtdError", code: "model", message });
  }
  // bytes that are no UTF-8, and a character that is cut off by the end
  for (const bad of [[0x80], [0xc0, 0x80], [0xff], [0xe9, 0x80], [0xf0, 0x9f, 0x98]]) {
    for (const line of [Buffer.from(bad), Buffer.concat([Buffer.from(bad), Buffer.from("\t1\t1\n")])])
      assert.throws(() => read(line), { name: "LtdError", code: "model", message: /^line 1 / });
  }
});
