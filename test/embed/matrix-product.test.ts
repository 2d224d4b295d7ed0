import assert from "node:assert/strict";
import { it } from "node:test";
import { openMatrixProduct, wasmProduct } from "../../src/embed/matrix-product.ts";
import { createMatrix } from "../../src/vector/matrix.ts";
import { plainProduct, rowsOf } from "../../src/vector/product.ts";
import { Random } from "../../src/vector/random.ts";

it("the matrix products of ONNX Runtime and of WebAssembly are that of plain JavaScript", async () => {
  const random = new Random(1);
  const fill = (rows: number, dims: number) => {
    const matrix = createMatrix(rows, dims);
    matrix.data.forEach((_, at) => (matrix.data[at] = random.next() - 0.5));
    return matrix;
  };
  const { multiply, close } = await openMatrixProduct(2);
  for (const [n, k, d] of [
    [1, 1, 1],
    [300, 7, 512],
    [3, 700, 64],
    [5, 130, 33],
  ] as const) {
    // a view into a larger matrix, as blocks are
    const [a, b] = [rowsOf(fill(n + 4, d), 3, n + 3), fill(k, d)];
    const plain = await plainProduct(a, b);
    for (const fast of [await multiply(a, b), await wasmProduct(a, b)]) {
      assert.equal(fast.length, n * k);
      fast.forEach((value, at) => assert.ok(Math.abs(value - plain[at]!) < 1e-4));
    }
  }
  assert.equal((await multiply(createMatrix(0, 3), createMatrix(2, 3))).length, 0);
  await close();
});
