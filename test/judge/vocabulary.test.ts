import assert from "node:assert/strict";
import { it } from "node:test";
import { fitVocabulary, lexemeBag } from "../../src/judge/vocabulary.ts";

it("a vocabulary weighs by rarity, and a text's known lexemes have unit length", () => {
  const vocabulary = fitVocabulary([["退款", "怎么"], ["密码", "怎么"], ["怎么"]]);
  assert.deepEqual(vocabulary.get("怎么"), { dimension: 0, idf: 1 });
  const rare = 1 + Math.log(4 / 2);
  assert.equal(vocabulary.get("密码")!.idf, rare);
  const { indices, values } = lexemeBag(vocabulary, ["密码", "天气", "怎么"]);
  assert.deepEqual(indices, [vocabulary.get("密码")!.dimension, 0]);
  const norm = Math.hypot(rare, 1);
  assert.deepEqual(values, [rare / norm, 1 / norm]);
  assert.deepEqual(lexemeBag(vocabulary, ["天气"]), { indices: [], values: [] });
});

it("a vocabulary keeps what most texts have", () => {
  const texts = Array.from({ length: 11_000 }, (_, row) => [String(row), String(row % 100)]);
  const vocabulary = fitVocabulary(texts);
  assert.equal(vocabulary.size, 10_000);
  assert.ok(Array.from({ length: 100 }, (_, row) => vocabulary.has(String(row))).every(Boolean));
});
