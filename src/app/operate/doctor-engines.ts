import { openEngine, type EngineChoice } from "../../embed/engine.ts";
import type { ModelPackage } from "../../embed/model-package.ts";
import { LtdError } from "../../errors.ts";
import { isLoadable } from "../../package-part.ts";
import type { Say } from "./check.ts";

/** Says which engine computes the student here, and which optional packages are missing. Says what that costs, too. */
export async function checkEngines(say: Say, model: ModelPackage): Promise<void> {
  const [onnx, wasm] = await Promise.all([whyNot(model, "onnx"), whyNot(model, "wasm")]);
  if (onnx === undefined && wasm === undefined) {
    say("ok", "engine", "a question alone: WebAssembly; batches: ONNX Runtime");
  } else if (wasm === undefined) {
    say(
      "warning",
      "engine",
      `WebAssembly for all texts, so sync takes about 1.7 times as long: ${onnx!.message}`,
      onnx!.hint,
    );
  } else if (onnx === undefined) {
    say("ok", "engine", `ONNX Runtime for all texts: ${wasm.message}`);
  } else {
    say("problem", "engine", `nothing can compute the student: ${onnx.message}; ${wasm.message}`, onnx.hint);
  }
  if (await isLoadable(() => import("../../ann/hnsw.ts"))) return;
  say(
    "warning",
    "hnswlib-node",
    "cannot be loaded: local files of more than 20,000 rows are searched exactly, which takes longer",
    "npm install hnswlib-node, which needs a C++ compiler, make and Python 3",
  );
}

/** Why an engine cannot run a model; undefined where it can. */
async function whyNot(model: ModelPackage, name: EngineChoice): Promise<LtdError | undefined> {
  try {
    await (await openEngine(model.graph, name, "onnx")).release();
    return undefined;
  } catch (error) {
    if (error instanceof LtdError) return error;
    throw error;
  }
}
