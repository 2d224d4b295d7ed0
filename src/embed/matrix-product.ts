import { availableParallelism } from "node:os";
import { loadPart } from "../package-part.ts";
import type { MatrixProduct } from "../vector/product.ts";
import { FLOAT, integer, model, node, value } from "./onnx-file.ts";

/** A {@link MatrixProduct} that is open. */
export interface OpenMatrixProduct {
  readonly multiply: MatrixProduct;
  readonly close: () => Promise<void>;
}

/**
 * The matrix product of ONNX Runtime (MLAS, a BLAS that this package has anyway): some 50 to 100 GFLOPS a core.
 *
 * It holds the calling thread for as long as a product takes: give it a few thousand rows at a time.
 *
 * @param threads cores that share a product; default: all, 4 at most
 */
export async function openMatrixProduct(
  threads: number = Math.min(availableParallelism(), 4),
): Promise<OpenMatrixProduct> {
  const { openSession, toTensor } = await loadPart("onnxruntime-node", () => import("./session.ts"));
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
