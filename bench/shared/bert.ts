import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { createMatrix, type Matrix } from "../../src/index.ts";
import type { Encoder } from "./encoder.ts";
import { createWordPiece } from "./word-piece.ts";

/**
 * A BERT sentence encoder with ONNX Runtime: the last hidden state of [CLS], normalised (BGE, Xiao et al. 2023).
 *
 * @param folder `model.onnx` (inputs input_ids, attention_mask and perhaps token_type_ids; first output [B, L, D]) and `tokenizer.json`
 */
export async function openBert(folder: string, threads: number, batchSize: number): Promise<Encoder<number[]>> {
  const encode = createWordPiece(JSON.parse(await readFile(join(folder, "tokenizer.json"), "utf8")));
  const session = await InferenceSession.create(join(folder, "model.onnx"), {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
  });
  return {
    encode,
    embedInputs: (inputs) => embedInputs(session, inputs, batchSize),
    close: () => session.release(),
  };
}

async function embedInputs(session: InferenceSession, inputs: readonly number[][], batchSize: number): Promise<Matrix> {
  const order = [...inputs.keys()].sort((a, b) => inputs[a]!.length - inputs[b]!.length);
  let matrix: Matrix | undefined;
  for (let start = 0; start < order.length; start += batchSize) {
    const rows = order.slice(start, start + batchSize);
    const hidden = await runBatch(
      session,
      rows.map((row) => inputs[row]!),
    );
    const [, length, dims] = hidden.dims as [number, number, number];
    const data = hidden.data as Float32Array;
    const { data: target } = (matrix ??= createMatrix(inputs.length, dims));
    rows.forEach((row, at) => {
      const first = data.subarray(at * length * dims, at * length * dims + dims);
      const norm = Math.sqrt(first.reduce((sum, value) => sum + value * value, 0));
      for (let i = 0; i < dims; i++) target[row * dims + i] = first[i]! / norm;
    });
  }
  return matrix ?? createMatrix(0, 0);
}

/** B token lists, padded to the longest -> last hidden states [B, L, D]. */
async function runBatch(session: InferenceSession, inputs: readonly number[][]): Promise<Tensor> {
  const shape = [inputs.length, Math.max(...inputs.map((ids) => ids.length))] as const;
  const [batch, length] = shape;
  const ids = new BigInt64Array(batch * length);
  const mask = new BigInt64Array(batch * length);
  inputs.forEach((tokens, row) => {
    tokens.forEach((token, at) => (ids[row * length + at] = BigInt(token)));
    mask.fill(1n, row * length, row * length + tokens.length);
  });
  const feeds: Record<string, Tensor> = {
    input_ids: new Tensor("int64", ids, shape),
    attention_mask: new Tensor("int64", mask, shape),
  };
  if (session.inputNames.includes("token_type_ids")) {
    feeds["token_type_ids"] = new Tensor("int64", new BigInt64Array(batch * length), shape);
  }
  const outputs = await session.run(feeds);
  const hidden = outputs[session.outputNames[0]!]!;
  if (hidden.dims.length !== 3)
    throw new Error(`the encoder's first output is [${hidden.dims.join(", ")}], not [B, L, D]`);
  return hidden;
}
