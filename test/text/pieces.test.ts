import assert from "node:assert/strict";
import { test } from "node:test";
import { encode } from "../../src/text/encode.ts";
import { hasPieces, isRun, pieces } from "../../src/text/pieces.ts";
import { buildTables, idfOf, parseCharacters, wordId } from "../../src/text/tables.ts";

const cut = (word: string, known: readonly string[], most = 100) =>
  pieces(word, most, (piece) => known.includes(piece));

test("the longest known piece first, those within the word with ##", () => {
  const known = ["k", "kube", "kubern", "##etes", "##ernetes", "ernetes"];
  assert.deepEqual([...new Set(cut("kubernetes", known))], ["kubern", "##etes"]);
  assert.deepEqual([...new Set(cut("kubernetes", ["kube", "rnetes", "##rnetes"]))], ["kube", "##rnetes"]);
  assert.deepEqual(cut("4060", ["40", "##6", "##0"]), ["40", "40", "##6", "##0"]);
});

test("a piece for each character, a character by itself where none is known, and no more than wanted", () => {
  assert.deepEqual(cut("abc", ["##c"]), ["a", "##b", "##c"]);
  assert.deepEqual(cut("abcd", ["ab", "##cd"], 3), ["ab", "ab", "##cd"]);
  assert.equal(cut("x".repeat(1000), ["xx", "##xxxxxxxxxxxxxxxx"], 128).length, 128);
  assert.deepEqual(cut("", []), []);
});

test("runs are words of letters only or of digits only", () => {
  for (const word of ["k", "k8", "2024", "émile", "c++", "退款"]) {
    assert.equal(isRun(word), ["k", "2024"].includes(word), word);
  }
  assert.ok(hasPieces((piece) => piece === "##0") && !hasPieces((piece) => piece === "0"));
});

test("text is read by pieces where the table has them, and a Latin word weighs as two characters", () => {
  const words = ["退款", "kube", "##rnetes", "##0", "de"].map((word) => ({ word, frequency: 0, documentFrequency: 9 }));
  words[0]!.frequency = 5;
  words.push({ word: "的", frequency: 50, documentFrequency: 500 });
  const characters = parseCharacters("退\n款\n");
  const options = { tables: buildTables(characters, words, 999, 5), smoothing: 1, maxChars: 128 };
  const ids = (text: string, given = options) => [...encode(text, given)!.wordIds];
  const id = (word: string) => wordId(options.tables.words.find(word), options.tables);
  assert.deepEqual(ids("Kubernetes退款"), [
    ...Array(4).fill(id("kube")),
    ...Array(6).fill(id("##rnetes")),
    id("退款"),
    id("退款"),
  ]);
  assert.deepEqual(ids("kube"), Array(4).fill(id("kube")));
  assert.deepEqual(ids("kubernetes", { ...options, maxChars: 5 }), [...Array(4).fill(id("kube")), id("##rnetes")]);
  const { weights } = encode("kubernetes退款", options)!;
  const share = (weights[0]! * 10) / (weights[10]! * 2);
  const [unknown, known] = [options.tables.unknownIdf, idfOf("退款", options.tables)!];
  assert.ok(Math.abs(share - (unknown + 2) / (known + 2)) < 1e-6);

  const without = {
    ...options,
    tables: buildTables(
      characters,
      words.filter(({ word }) => word !== "##0"),
      999,
      4,
    ),
  };
  assert.deepEqual(ids("kubernetes", without), Array(10).fill(1), "an older table has none");
  const before = encode("kubernetes退款", without)!.weights;
  assert.ok(Math.abs((before[0]! * 10) / (before[10]! * 2) - (unknown + 10) / (known + 2)) < 1e-6);
});
