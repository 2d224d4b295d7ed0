import type { Database } from "../../db/database.ts";
import type { Fingerprint, FrontRecord } from "../../db/indexes/front.ts";
import type { Embedder } from "../../embed/embedder.ts";
import { LtdError } from "../../errors.ts";
import { addCounts, noCounts } from "../keep/batch.ts";
import { sync, type SyncOptions, type SyncResult } from "../keep/sync.ts";
import type { EmbedderSettings } from "../same-embedder.ts";
import { withShards } from "./each.ts";
import { createShardEmbedder } from "./embedder.ts";
import type { Shard } from "./shard.ts";

/** What shards are brought up to date with. */
export interface ShardWork {
  /** Name of the front. */
  readonly name: string;
  readonly fingerprint: Fingerprint;
  /** Or what opens it, which is called when there is something to embed. */
  readonly embedder: Embedder | (() => Promise<Embedder>);
}

/**
 * Embeds what has changed on each shard, one shard after the other, with one embedder. The counts are those of all
 * shards together. A shard that cannot be asked is a problem of the result, and the others go on.
 */
export async function syncShards(
  shards: readonly Shard[],
  { name, fingerprint, embedder }: ShardWork,
  options: SyncOptions,
): Promise<SyncResult> {
  const result = noSync(name);
  const problems: string[] = [];
  for (const shard of shards) {
    result.stopped ||= options.signal?.aborted ?? false;
    if (result.stopped) break;
    try {
      // thresholds are those of all shards: one shard's rows alone say nothing of them
      const how = { ...options, calibrate: false };
      shard.forget(); // what was live when it was last asked can be dropped by now
      const done = await shard.run(fingerprint, (database, record) => sync(database, record, embedder, how));
      addSync(result, done);
      problems.push(...done.problems.map((problem) => `shard ${shard.name}: ${problem}`));
    } catch (error) {
      if (!(error instanceof LtdError)) throw error;
      problems.push(`shard ${shard.name}: ${error.message}`);
    }
  }
  return { ...result, problems };
}

/** What a sync of no shard gives. */
export function noSync(index: string): SyncResult {
  const nothing = { classified: 0, failed: 0, pending: 0, builtVectorIndex: false, seconds: 0 };
  return { index, ...noCounts(), ...nothing, calibrated: null, uncalibrated: null, problems: [], stopped: false };
}

/** Adds what the sync of one more shard did, but for its problems. */
export function addSync(result: SyncResult, more: SyncResult): void {
  const { embedded, empty, truncated, unchanged, deleted, superseded, errors, ...done } = more;
  addCounts(result, { embedded, empty, truncated, unchanged, deleted, superseded, errors });
  result.classified += done.classified;
  result.failed += done.failed;
  result.pending += done.pending;
  result.seconds += done.seconds;
  result.builtVectorIndex ||= done.builtVectorIndex;
  result.stopped ||= done.stopped;
}

/**
 * {@link syncShards} of a front that is not open. Loads its model only when there is something to embed.
 *
 * @throws {LtdError} model: the model at hand is another
 */
export async function syncFront(
  database: Database,
  front: FrontRecord,
  settings: EmbedderSettings,
  options: SyncOptions,
): Promise<SyncResult> {
  const { name, fingerprint } = front;
  let embedder: Promise<Embedder> | undefined;
  return withShards(database, front, async (shards) => {
    const open = () => (embedder ??= createShardEmbedder(shards, front, settings));
    try {
      if (settings.model !== undefined) await open();
      return await syncShards(shards, { name, fingerprint, embedder: open }, options);
    } finally {
      await (await embedder?.catch(() => undefined))?.close();
    }
  });
}
