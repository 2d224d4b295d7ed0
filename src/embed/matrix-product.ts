import { availableParallelism } from "node:os";
import { loadPart } from "../package-part.ts";
import type { MatrixProduct } from "../vector/product.ts";
import { PRODUCT_ROWS, Products } from "../vector/products.ts";
import { rowOf } from "../vector/matrix.ts";
import { FLOAT, integer, model, node, value } from "./onnx-file.ts";

/** A {@link MatrixProduct} that is open. */
export interface OpenMatrixProduct {
  readonly multiply: MatrixProduct;
  readonly close: () => Promise<void>;
}

/** The same in WebAssembly, on the calling thread: some 5 GFLOPS. Serves where ONNX Runtime cannot be loaded. */
export const wasmProduct: MatrixProduct = (a, b) => {
  const product = new Float32Array(a.rows * b.rows);
  const products = new Products(b.data, b.dims);
  for (let start = 0; start < b.rows; start += PRODUCT_ROWS) {
    const count = Math.min(PRODUCT_ROWS, b.rows - start);
    for (let row = 0; row < a.rows; row++)
      product.set(products.of(rowOf(a, row), start, count).subarray(0, count), row * b.rows + start);
  }
  return Promise.resolve(product);
};

/**
 * The matrix product of ONNX Runtime: some 50 to 100 GFLOPS a core. Its BLAS is MLAS, which this package has anyway.
 *
 * It holds the calling thread for as long as a product takes: give it a few thousand rows at a time.
 * @param threads cores that share a product; default: all, 4 at most
 */
export async function openMatrixProduct(
  threads: number = Math.min(availableParallelism(), 4),
): Promise<OpenMatrixProduct> {
  const part = await loadPart("onnxruntime-node", () => import("./session.ts")).catch(() => undefined);
  if (part === undefined) return { multiply: wasmProduct, close: () => Promise.resolve() };
  const { openSession, toTensor } = part;
  const session = await openSession(
    model({
      nodes: [node("Gemm", ["a", "b"], "product", integer("transB", 1))],
      inputs: [value("a", FLOAT, ["N", "D"]), value("b", FLOAT, ["K", "D"])],
      outputs: [value("product", FLOAT, ["N", "K"])],
    }),
    threads,
  );
  return {
    multiply: async (a, b) => {
      if (a.rows === 0 || b.rows === 0) return new Float32Array(0);
      const { product } = await session.run({ a: toTensor(a), b: toTensor(b) });
      return product!.data as Float32Array;
    },
    close: () => session.release(),
  };
}
