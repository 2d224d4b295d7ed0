import assert from "node:assert/strict";
import { test } from "node:test";
import { npyHeader, parseNpy } from "../../src/vector/npy.ts";

test("a matrix survives the file format", () => {
  const values = Float32Array.from([1, -2.5, 3, 4, 5, 6]);
  const bytes = Buffer.concat([npyHeader("<f4", [2, 3]), new Uint8Array(values.buffer)]);
  assert.deepEqual(parseNpy(bytes, "x.npy"), { shape: [2, 3], data: values });
  const rows = BigInt64Array.from([7n, 8n]);
  const column = Buffer.concat([npyHeader("<i8", [2]), new Uint8Array(rows.buffer)]);
  assert.deepEqual(parseNpy(column, "x.npy"), { shape: [2], data: rows });
});

test("a header keeps its length while the count of rows grows", () => {
  const length = npyHeader("<f4", [0, 512]).length;
  assert.equal(length % 64, 0);
  for (const rows of [9, 1_000, 100_000_000_000]) assert.equal(npyHeader("<f4", [rows, 512]).length, length);
});

test("other files are refused", () => {
  const good = Buffer.concat([npyHeader("<f4", [2, 3]), new Uint8Array(24)]);
  for (const bad of [Buffer.from("hello"), Buffer.alloc(0), good.subarray(0, good.length - 4)]) {
    assert.throws(() => parseNpy(bad, "x.npy"), { name: "LtdError", message: /x\.npy/ });
  }
});
