import { createEmbedder, type StudentInput } from "../../src/index.ts";
import type { Encoder } from "./encoder.ts";
import { BATCH_SIZE } from "./workload.ts";

/** The bundled model as `sync` uses it, without a database. One worker thread and one session for each of `threads`. */
export function openStudent(threads: number): Promise<Encoder<StudentInput | undefined>> {
  return createEmbedder({ threads, batchSize: BATCH_SIZE });
}
