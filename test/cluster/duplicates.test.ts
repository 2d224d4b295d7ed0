import assert from "node:assert/strict";
import { it } from "node:test";
import { findDuplicates, findDuplicatesBy, type Duplicates, type GrowingSearch } from "../../src/cluster/duplicates.ts";
import { createMatrix, reorderRows, rowOf, type Matrix } from "../../src/vector/matrix.ts";
import { plainProduct } from "../../src/vector/product.ts";
import { Random } from "../../src/vector/random.ts";
import { blobs } from "./blobs.ts";

const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, at) => sum + value * b[at]!, 0);
const copy = ({ rows, dims, data }: Matrix): Matrix => ({ rows, dims, data: data.slice() });

/** Compares with every survivor, one at a time: the twin that says what is meant. */
function plainSearch(): GrowingSearch {
  const added: Float32Array[] = [];
  return {
    add: (vector) => void added.push(vector.slice()),
    nearest: (vector, k) =>
      added
        .map((each, label) => ({ label, similarity: Math.fround(dot(vector, each)) }))
        .sort((a, b) => b.similarity - a.similarity)
        .slice(0, k),
  };
}

/** What a group promises. */
function requireGroups({ survivors, similarities }: Duplicates, vectors: Matrix, threshold: number): void {
  const alive = [...survivors.keys()].filter((row) => survivors[row] === row);
  survivors.forEach((survivor, row) => {
    assert.equal(survivors[survivor], survivor, "a survivor stands for itself");
    assert.ok(survivor <= row, "the preferred one survives");
    if (survivor === row) return;
    const cosines = alive
      .filter((other) => other < row)
      .map((other) => dot(rowOf(vectors, row), rowOf(vectors, other)));
    assert.ok(Math.abs(similarities[row]! - Math.max(...cosines)) < 1e-5, "the nearest survivor");
    assert.ok(similarities[row]! >= threshold);
  });
  for (const [at, row] of alive.entries()) {
    for (const other of alive.slice(0, at))
      assert.ok(dot(rowOf(vectors, row), rowOf(vectors, other)) < threshold + 1e-6);
  }
}

it("duplicates are near to their survivor, survivors are not near to each other; blocks and one at a time agree", async () => {
  for (const [spread, threshold] of [
    [0.5, 0.95],
    [1.2, 0.8],
    [3, 0.6],
    [0, 0.9999],
  ] as const) {
    const vectors = blobs(new Random(9), 2_500, 300, 12, spread); // several blocks
    const steps: number[] = [];
    const exact = await findDuplicates(copy(vectors), plainProduct, {
      threshold,
      onProgress: (rows) => steps.push(rows),
    });
    requireGroups(exact, vectors, threshold);
    assert.equal(steps.at(-1), 2_500);
    const twin = await findDuplicatesBy(vectors, plainSearch(), { threshold });
    const differ = exact.survivors.filter((survivor, row) => survivor !== twin.survivors[row]).length;
    assert.ok(differ <= 2, `${differ} rows, by rounding at most`);
  }
});

it("rows of which it is said that they are not the same survive, and have duplicates of their own", async () => {
  const vectors = createMatrix(3_000, 4);
  for (let row = 0; row < vectors.rows; row++) rowOf(vectors, row).set([0.6, 0, 0.8, 0]);
  const options = { threshold: 0.9, isSame: (row: number, survivor: number) => row % 7 === survivor % 7 };
  for (const { survivors, held } of [
    await findDuplicates(copy(vectors), plainProduct, options),
    await findDuplicatesBy(vectors, plainSearch(), options),
  ]) {
    survivors.forEach((survivor, row) => assert.equal(survivor, row % 7));
    assert.deepEqual(
      held.map(({ row, survivor }) => [row, survivor]),
      [1, 2, 3, 4, 5, 6].map((row) => [row, 0]),
    );
  }
});

it("a chain of near rows is no group: each is near to its survivor", async () => {
  const vectors = createMatrix(91, 2);
  for (let degree = 0; degree <= 90; degree++) {
    rowOf(vectors, degree).set([Math.cos((degree * Math.PI) / 180), Math.sin((degree * Math.PI) / 180)]);
  }
  const threshold = Math.cos((10.5 * Math.PI) / 180);
  const { survivors } = await findDuplicates(vectors, plainProduct, { threshold });
  assert.deepEqual([...new Set(survivors)], [0, 11, 22, 33, 44, 55, 66, 77, 88]);
  assert.equal(survivors[10], 0);
});

it("equal rows have one survivor, no rows none, and it stops when its signal aborts", async () => {
  const equal = createMatrix(3_000, 4);
  for (let row = 0; row < equal.rows; row++) rowOf(equal, row).set([0.6, 0, 0.8, 0]);
  const { survivors, similarities } = await findDuplicates(equal, plainProduct, { threshold: 1 - 1e-6 });
  assert.ok(survivors.every((survivor) => survivor === 0) && similarities.every((each) => each > 0.999999));
  assert.equal((await findDuplicates(createMatrix(0, 4), plainProduct, { threshold: 0.9 })).survivors.length, 0);
  const signal = AbortSignal.abort();
  const vectors = blobs(new Random(1), 2_000, 2_000, 8, 0);
  await assert.rejects(findDuplicates(vectors, plainProduct, { threshold: 1, signal }), { name: "AbortError" });
});

it("rows are put into another order in place", () => {
  const random = new Random(4);
  const matrix = createMatrix(100, 3);
  for (let row = 0; row < 100; row++) rowOf(matrix, row).fill(row);
  const order = Int32Array.from({ length: 100 }, (_, at) => at);
  for (let at = 99; at > 0; at--) {
    const other = random.below(at + 1);
    [order[at], order[other]] = [order[other]!, order[at]!];
  }
  reorderRows(matrix, order);
  order.forEach((from, at) => assert.deepEqual([...rowOf(matrix, at)], [from, from, from]));
});
