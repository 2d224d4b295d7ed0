import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PRODUCT_ROWS, Products } from "../../src/vector/products.ts";
import { Random } from "../../src/vector/random.ts";
import { Top } from "../../src/vector/top.ts";

describe("products with many vectors", () => {
  for (const [rows, dims] of [
    [1, 1],
    [3, 16],
    [700, 17],
    [257, 100],
    [300, 512],
  ] as const) {
    it(`are those of the definition: ${rows} x ${dims}`, () => {
      const random = new Random(rows);
      const numbers = (count: number) => Float32Array.from({ length: count }, () => random.next() - 0.5);
      const data = numbers(rows * dims);
      const products = new Products(data, dims);
      for (const query of [numbers(dims), numbers(dims)]) {
        for (let first = 0; first < rows; first += PRODUCT_ROWS) {
          const count = Math.min(PRODUCT_ROWS, rows - first);
          const found = products.of(query, first, count);
          for (let row = 0; row < count; row++) {
            let expected = 0;
            for (let at = 0; at < dims; at++) expected += query[at]! * data[(first + row) * dims + at]!;
            assert.ok(Math.abs(found[row]! - expected) < 1e-5, `row ${first + row}: ${found[row]}, not ${expected}`);
          }
        }
      }
      assert.deepEqual(products.row(rows - 1), data.slice((rows - 1) * dims));
    });
  }

  it("refuse more than a memory holds", () => {
    const huge = { length: 2 ** 31, subarray: () => new Float32Array(0) } as unknown as Float32Array;
    assert.throws(() => new Products(huge, 512), RangeError);
  });
});

describe("the largest of many scores", () => {
  it("are those of a sort, equal ones by label", () => {
    const random = new Random(3);
    for (const k of [1, 7, 100, 600]) {
      const scores = Array.from({ length: 500 }, () => random.below(50));
      const top = new Top(k);
      for (const label of random.some([...scores.keys()], 500)) top.offer(label, scores[label]!);
      const sorted = [...scores.entries()].map(([label, score]) => ({ label, score }));
      sorted.sort((a, b) => b.score - a.score || a.label - b.label);
      assert.deepEqual(top.take(), sorted.slice(0, k));
    }
  });
});
