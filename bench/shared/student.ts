import { createEmbedder, type StudentInput } from "../../src/index.ts";
import type { EngineChoice } from "../../src/embed/engine.ts";
import type { Encoder } from "./encoder.ts";

/**
 * A student as `sync` uses it, without a database. One worker thread and one session for each of `threads`.
 *
 * @param model id of a bundled model or folder of a package
 */
export function openStudent(
  model: string,
  threads: number,
  batchSize: number,
  engine: EngineChoice = "auto",
): Promise<Encoder<StudentInput | undefined>> {
  return createEmbedder({ model, threads, batchSize, engine });
}
