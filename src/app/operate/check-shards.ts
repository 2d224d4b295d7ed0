import type { Database } from "../../db/database.ts";
import type { Fingerprint, FrontRecord } from "../../db/indexes/front.ts";
import type { CheckResult, GoldenResult } from "../loop/check.ts";
import type { EmbedderSettings } from "../same-embedder.ts";
import { checkFront } from "../shards/check.ts";
import { declaredFront } from "../shards/declared.ts";
import { Front } from "../shards/front.ts";
import { refuseWorse, type GenerationOptions } from "./generation.ts";

/**
 * Asks golden questions of all shards: of the generation that the front asks, and of the next one. Throws LtdError
 * "worse" where the next one is worse.
 */
export async function requireNotWorse(
  database: Database,
  front: FrontRecord,
  next: Fingerprint,
  { check: wanted, model, threads, signal }: GenerationOptions,
): Promise<void> {
  if (wanted === undefined) return;
  const { questions, allow = 0.01 } = wanted;
  const ask = async (of: Fingerprint, settings: EmbedderSettings, baseline?: GoldenResult): Promise<CheckResult> => {
    const open = await Front.open({ ...declaredFront(database, front), declared: () => Promise.resolve(of) }, settings);
    try {
      return await checkFront(open, questions, { allow, ...(baseline && { baseline }), ...(signal && { signal }) });
    } finally {
      await open.close();
    }
  };
  const baseline = await ask(front.fingerprint, { threads });
  const { comparison, generation } = await ask(next, { model, threads }, baseline);
  refuseWorse(front.name, generation, comparison);
}
