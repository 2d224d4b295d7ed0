import assert from "node:assert/strict";
import { test } from "node:test";
import { pieceRows } from "../../../src/app/train/piece-rows.ts";

test("rows of a corpus: frequent words, the pieces that the others are cut into, and every character", () => {
  const frequencies = new Map([
    ["describe", 40],
    ["describeinstances", 6],
    ["describeinstance", 5],
    ["instances", 30],
    ["ok", 30],
    ["4060", 3],
    ["退款", 99],
  ]);
  const rows = new Map(pieceRows(frequencies, ["##stance", "##nope"], 10).map((row) => [row.word, row]));
  assert.equal(rows.get("describe")!.documentFrequency, 40 + 6 + 5);
  assert.ok(!rows.has("退款") && !rows.has("##nope") && !rows.has("4060") && !rows.has("describeinstances"));
  assert.ok(!rows.has("##instances"), "in 6 documents");
  assert.equal(rows.get("##i")!.documentFrequency, 11, "what is left is cut into what there is");
  assert.equal(
    Array.from("abcdefghijklmnopqrstuvwxyz0123456789").filter((each) => rows.has(each) && rows.has(`##${each}`)).length,
    36,
  );
  assert.ok([...rows.values()].every(({ frequency }) => frequency === 0));
});
