import type { Database } from "../../db/database.ts";
import { LtdError } from "../../errors.ts";
import { requireUnchanged } from "../../db/source/source-error.ts";
import type { EmbedderSettings } from "../same-embedder.ts";
import { getFront } from "../shards/declared.ts";
import { withShards } from "../shards/each.ts";
import { createShardEmbedder } from "../shards/embedder.ts";
import { verify, type VerifyOptions, type VerifyResult } from "./verify.ts";

/**
 * Compares the entries of each shard of a front with their rows: see `verify`. A result is called `front/shard`; shards
 * that cannot be asked have none: `verifyShards` names them.
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
        try {
          const result = await shard.run(front.fingerprint, (there, record) => {
            requireUnchanged(record);
            return verify(there, record, embedder, options);
          });
          results.push({ ...result, index: `${name}/${shard.name}` });
        } catch (error) {
          if (!(error instanceof LtdError)) throw error;
        }
      }
    } finally {
      await embedder.close();
    }
    return results;
  });
}
