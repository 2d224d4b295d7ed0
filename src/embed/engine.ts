import { LtdError } from "../errors.ts";
import { loadPart } from "../package-part.ts";
import type { Batch } from "./batch.ts";

/**
 * What computes a student. With `onnx`, ONNX Runtime, which is native code; `wasm` is this package's own code, in
 * WebAssembly.
 */
export const ENGINES = ["auto", "onnx", "wasm"] as const;

/**
 * Which engine to use. With `auto`, the faster one that works here: `wasm` for a text alone, `onnx` for batches. Their
 * vectors of one text differ by rounding: cosine at least 0.9999.
 */
export type EngineChoice = (typeof ENGINES)[number];

/** One open student. */
export interface Engine {
  readonly name: "onnx" | "wasm";
  /** B texts, float32 [B, D] in memory of its own. */
  run(batch: Batch): Promise<Float32Array>;
  release(): Promise<void>;
}

/**
 * Opens a student's graph on the calling thread.
 *
 * @param first the engine that `auto` tries first; the other one serves if that one is missing
 * @throws {LtdError} model: no engine that may be used can open the graph, with the reason of each
 */
export async function openEngine(graph: Uint8Array, choice: EngineChoice, first: "onnx" | "wasm"): Promise<Engine> {
  const order = choice === "auto" ? ([first, first === "onnx" ? "wasm" : "onnx"] as const) : [choice];
  const reasons: string[] = [];
  for (const name of order) {
    try {
      return await openers[name](graph);
    } catch (cause) {
      if (choice !== "auto" && cause instanceof LtdError) throw cause;
      reasons.push(`${name}: ${(cause as Error).message}`);
    }
  }
  throw new LtdError("model", `no engine can run the student. ${reasons.join("; ")}`, {
    hint:
      "`ltd-index doctor` says what is missing; `npm install onnxruntime-node` brings ONNX Runtime, which has binaries " +
      "for Linux with glibc, macOS and Windows on x64 and arm64",
  });
}

const openers = {
  onnx: async (graph: Uint8Array): Promise<Engine> => {
    // Not loaded before it is needed: a text alone does without it.
    const { openSession, runBatch } = await loadPart("onnxruntime-node", () => import("./session.ts"));
    const session = await openSession(graph);
    return { name: "onnx", run: (batch) => runBatch(session, batch), release: () => session.release() };
  },
  wasm: async (graph: Uint8Array): Promise<Engine> => {
    const { openWasmStudent } = await import("./wasm-student.ts");
    const student = openWasmStudent(graph);
    return {
      name: "wasm",
      run: (batch) => Promise.resolve(student.run(batch)),
      release: () => Promise.resolve(),
    };
  },
};
