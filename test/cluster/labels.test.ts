import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fitClusters } from "../../src/cluster/fit.ts";
import { followClusters } from "../../src/cluster/follow.ts";
import { labelWords } from "../../src/cluster/label-words.ts";
import { plainProduct } from "../../src/vector/product.ts";
import { Random } from "../../src/vector/random.ts";
import { blobs } from "./blobs.ts";

describe("the words of a cluster", () => {
  it("are those that it has more of than others, without stop words, digits and single characters", () => {
    const words = [
      "怎么 申请 退款",
      "退款 多久 到账 3",
      "申请 退款 的",
      "如何 申请 发票",
      "发票 怎么 开",
      "发票 抬头 2024",
    ];
    const found = labelWords(Int32Array.of(0, 0, 0, 1, 1, 1), 2, words);
    assert.deepEqual(
      found.map(([first]) => first!.word),
      ["退款", "发票"],
    );
    assert.ok(
      found.every((each) =>
        each.every(({ word }) => !["怎么", "如何", "的", "开", "3", "2024", "多久"].includes(word)),
      ),
    );
    // tf · ln(1 + A / f): 3 of the 6 words in the cluster, A = 5.5 words a cluster, f = 3 rows
    assert.ok(Math.abs(found[0]![0]!.score - 0.5 * Math.log(1 + 5.5 / 3)) < 1e-12);
    const shared = found.map((each) => each.find(({ word }) => word === "申请")!.score);
    assert.ok(shared[0]! > shared[1]!, "two of the rows here, one there");
  });

  it("are empty if there are none; rows of no cluster do not count", () => {
    assert.deepEqual(labelWords(Int32Array.of(0, -1), 2, ["", "退款"]), [[], []]);
    const rare = labelWords(
      new Int32Array(20),
      1,
      Array.from({ length: 20 }, (_, row) => (row === 0 ? "笔误 退款" : "退款")),
    );
    assert.deepEqual(
      rare[0]!.map(({ word }) => word),
      ["退款"],
    );
  });
});

describe("clusters that go on", () => {
  const rows = (...labels: number[]) => Int32Array.from(labels);

  it("are those that share most rows", () => {
    assert.deepEqual(followClusters(rows(0, 0, 0, 1, 1, 1), 2, rows(1, 1, 1, 0, 0, 0), 2, new Set()), [1, 0]);
    // one that falls apart goes on in the larger part; the other part is new
    assert.deepEqual(followClusters(rows(0, 0, 0, 0, 0, 1, 1), 2, rows(0, 0, 0, 1, 1, 2, 2), 3, new Set()), [
      0,
      null,
      1,
    ]);
    // rows that are new, or were in none, say nothing
    assert.deepEqual(followClusters(rows(-1, -1, -1, 0), 1, rows(0, 0, 0, 0), 1, new Set()), [0]);
    assert.deepEqual(followClusters(rows(-1, -1), 1, rows(0, 0), 1, new Set()), [null]);
    // too little in common
    assert.deepEqual(followClusters(rows(0, 1, 1, 1, 1), 2, rows(0, 0, 0, 0, 0), 1, new Set()), [1]);
    assert.deepEqual(
      followClusters(rows(0, 0, 0, 0, 0, 0), 1, rows(0, 1, 2, 3, 4, 5), 6, new Set()),
      Array(6).fill(null),
    );
  });

  it("stay merged: all that have most of their rows from one that was", () => {
    const before = rows(0, 0, 0, 0, 1, 1, 1);
    assert.deepEqual(followClusters(before, 2, rows(0, 0, 1, 1, 2, 2, 1), 3, new Set([0])), [0, 0, 1]);
  });
});

it("a fit joins what was merged, cuts what is far, and sorts by size", async () => {
  const vectors = blobs(new Random(1), 400, 4, 16, 0.8);
  const words = Array.from({ length: 400 }, (_, row) => ["退款", "发票", "密码", "地址"][row % 4]!);
  const options = { k: 4, cut: null };
  const plain = await fitClusters(vectors, words, plainProduct, options);
  assert.deepEqual([plain.clusters.length, plain.k, plain.sweep], [4, 4, null]);
  const wordOf = (label: number) => plain.clusters[label]!.words[0]!.word;
  plain.labels.forEach((label, row) => assert.equal(wordOf(label), words[row]));
  assert.ok(plain.clusters.every(({ silhouette, continues }) => silhouette > 0.5 && continues === null));

  const labels = Int32Array.from({ length: 400 }, (_, row) => (row % 4 === 3 ? 1 : row % 4 === 2 ? 0 : row % 4));
  const merged = await fitClusters(vectors, words, plainProduct, options, {
    labels,
    count: 2,
    merged: new Set([0, 1]),
  });
  assert.deepEqual(merged.clusters.map(({ continues }) => continues).sort(), [0, 1]);
  assert.deepEqual(
    merged.clusters.map(({ centroids }) => centroids.length),
    [2, 2],
  );
  merged.labels.forEach((label, row) => assert.equal(merged.clusters[label]!.continues, labels[row]));

  const cut = [...plain.similarities].sort()[20]!;
  const some = await fitClusters(vectors, words, plainProduct, { ...options, cut });
  assert.equal(some.labels.filter((label) => label < 0).length, 20);
});
