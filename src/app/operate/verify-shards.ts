import type { Database } from "../../db/database.ts";
import { LtdError } from "../../errors.ts";
import { requireUnchanged } from "../../db/source/source-error.ts";
import type { EmbedderSettings } from "../same-embedder.ts";
import { getFront } from "../shards/declared.ts";
import { withShards } from "../shards/each.ts";
import { createShardEmbedder } from "../shards/embedder.ts";
import { verify, type VerifyOptions, type VerifyResult } from "./verify.ts";

/** What was found on a shard that cannot be compared. */
const NOTHING = {
  compared: 0,
  missing: 0,
  orphan: 0,
  stale: 0,
  wrongModel: 0,
  wrongDimension: 0,
  examples: [],
  ok: false,
  queued: null,
} satisfies Partial<VerifyResult>;

/**
 * Compares the entries of each shard of a front with their rows: see `verify`. A result is called `front/shard`. That
 * of a shard that cannot be compared is not ok, and has the error as its problem.
 *
 * @throws {LtdError} index: there is no such front; model: the model at hand is another
 */
export async function verifyEachShard(
  database: Database,
  name: string,
  settings: EmbedderSettings,
  options: VerifyOptions,
): Promise<VerifyResult[]> {
  const front = await getFront(database, name);
  return withShards(database, front, async (shards) => {
    const embedder = await createShardEmbedder(shards, front, settings);
    const results: VerifyResult[] = [];
    try {
      for (const shard of shards) {
        const started = performance.now();
        try {
          const result = await shard.run(front.fingerprint, (there, record) => {
            requireUnchanged(record);
            return verify(there, record, embedder, options);
          });
          results.push({ ...result, index: `${name}/${shard.name}` });
        } catch (error) {
          if (!(error instanceof LtdError)) throw error;
          const seconds = (performance.now() - started) / 1000;
          results.push({ ...NOTHING, index: `${name}/${shard.name}`, problems: [error.message], seconds });
        }
      }
    } finally {
      await embedder.close();
    }
    return results;
  });
}
