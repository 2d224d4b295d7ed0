import type { Database } from "../../db/database.ts";
import { entryStatus } from "../../db/entries/entry-status.ts";
import type { Key } from "../../db/index-record.ts";
import { findFront, type FrontRecord } from "../../db/indexes/front.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { openMatrixProduct } from "../../embed/matrix-product.ts";
import type { MatrixProduct } from "../../vector/product.ts";
import * as one from "../cluster/cluster.ts";
import { clusterResult, type ClusterResult } from "../cluster/cluster.ts";
import { requireRows, requireSameSettings, whyRefit } from "../cluster/read.ts";
import { describeClusters } from "../cluster/result.ts";
import { fitRows, nearestMembers, withChanged } from "../cluster/run.ts";
import { requireOptions, settingsOf, type ClusterOptions } from "../cluster/settings.ts";
import { readTexts } from "../row-text.ts";
import { addMembers, assignParts, readPart, type Found, type ShardsToCluster } from "./cluster-rows.ts";
import { readKept, saveRun, type KeptClustering } from "./clustering.ts";
import { onEachGeneration, withShards } from "./each.ts";
import type { OnLate, ReadShard, ShardRows } from "./rows.ts";

/** Least number of rows that are read together, and that centroids are made of. */
const ROWS_AT_ONCE = 200_000;
/** The same for each cluster. */
const ROWS_A_CLUSTER = 100;

/**
 * Groups the rows of an index by meaning. The method is spherical k-means over their vectors; words and rows say what
 * each cluster is about.
 *
 * With `save`, the clusters are kept in the database (`ltd.cluster_row` has the cluster of each row), and the next run
 * only assigns what is new or changed to them. After a change of the model they are computed again, and keep their
 * names by their rows.
 *
 * Of a front it groups the rows of all shards. A shard that does not answer is named in `partial`; with `save` that is
 * an error.
 *
 * Cost: some seconds for 100,000 rows of 512 dimensions on two cores, and their vectors in memory, 205 MB; of a front,
 * those of 200,000 rows at most. Throws LtdError "usage" for settings out of range, "index" for an index without
 * vectors, "locked" when another run saves the same at the same time.
 * @example
 * const database = await openDatabase();
 * const { clusters } = await cluster(database, "faq", { k: 20, save: "topics" });
 * for (const { label, size } of clusters) console.log(size, label);
 */
export async function cluster(database: Database, name: string, options: ClusterOptions = {}): Promise<ClusterResult> {
  requireOptions(options);
  await requireSchema(database);
  const front = await findFront(database, name);
  return front === undefined ? one.cluster(database, name, options) : clusterFront(database, front, options);
}

/** Clusters the rows of a front that is not open. */
export function clusterFront(
  database: Database,
  front: FrontRecord,
  options: ClusterOptions,
  onLate?: OnLate,
): Promise<ClusterResult> {
  return withShards(database, front, (shards) => clusterShards({ ...front, shards, onLate }, options));
}

/**
 * Clusters the rows of all shards. Up to `rowsAtOnce` rows it gives what one index with all rows gives.
 *
 * Of more rows, it reads a part after the other, each vector once. Centroids, words and silhouettes are of the first
 * part, a sample by chance; all rows go to the nearest centroid, which then becomes the direction of their sum.
 *
 * With `save`, each shard keeps the clusters and those of its own rows that are in them; all must answer.
 *
 * @throws LtdError of the first shard where none answers, or where one does not and the clusters are to be saved;
 *   "index" where the shards have saved other clusters
 */
export async function clusterShards(front: ShardsToCluster, options: ClusterOptions): Promise<ClusterResult> {
  const started = performance.now();
  const { name, shards, fingerprint, onLate } = front;
  const { signal, save } = options;
  requireOptions(options);
  const kept = save === undefined ? undefined : await readKept(name, shards, fingerprint, save, options.refit);
  const model = { modelId: fingerprint.model, modelChecksum: fingerprint.modelChecksum };
  const refit = kept === undefined ? null : whyRefit(model, kept.saved, options);
  const product = await openMatrixProduct(options.threads);
  let found: Found;
  try {
    found =
      kept !== undefined && refit === null
        ? await assignShards(front, kept, options, product.multiply)
        : await fitShards(front, kept, refit, options, product.multiply);
  } finally {
    await product.close();
  }
  signal?.throwIfAborted();
  const { run, done, read, changedOf } = found;
  if (save !== undefined) await saveRun(read.shards, kept, { name: save, done, run, changedOf });
  for (const { shard, error } of read.late) onLate?.(shard, error);
  const clusters = await describeClusters(run.clusters, run.members, (keys) => textsOf(read.shards, keys));
  const of = { run, done, refit, gone: kept?.gone ?? [], behind: read.behind, clusters, started };
  return {
    ...clusterResult(name, { ...of, clustering: save ?? null }),
    ...(read.late.length > 0 && { partial: read.late.map(({ shard }) => shard) }),
  };
}

/** How many parts the rows are read in. */
async function countParts({ shards, fingerprint, rowsAtOnce }: ShardsToCluster, k: number | "auto"): Promise<number> {
  const together = rowsAtOnce ?? Math.max(ROWS_AT_ONCE, k === "auto" ? 0 : ROWS_A_CLUSTER * k);
  const outcomes = await onEachGeneration(shards, fingerprint, entryStatus);
  const rows = outcomes.reduce((sum, each) => sum + (each.error ? 0 : each.value.indexed), 0);
  return Math.max(1, Math.ceil(rows / together));
}

/** Gives the rows that are new or changed to the clusters that are saved. */
async function assignShards(
  front: ShardsToCluster,
  kept: KeptClustering,
  options: ClusterOptions,
  product: MatrixProduct,
): Promise<Found> {
  requireSameSettings(front, kept.saved, options);
  const parts = await countParts(front, kept.saved.settings.k);
  const changedOf: Found["changedOf"] = new Map();
  let first: ShardRows | undefined;
  for (let part = 0; part < parts; part++) {
    const read = await readPart(front, part, parts, options, kept);
    first ??= read;
    addMembers(changedOf, await nearestMembers(kept, read.rows, product, options.signal), read);
  }
  return { run: withChanged(kept, [...changedOf.values()].flat()), done: "assigned", read: first!, changedOf };
}

/** Clusters all rows. */
async function fitShards(
  front: ShardsToCluster,
  kept: KeptClustering | undefined,
  refit: "asked" | "model" | null,
  options: ClusterOptions,
  product: MatrixProduct,
): Promise<Found> {
  const { clusters = [], members = [], saved } = kept ?? {};
  const settings = settingsOf(options, saved?.settings);
  const parts = await countParts(front, settings.k);
  const read = await readPart(front, 0, parts, options);
  requireRows(front, read.rows.keys.length, read.behind, settings.k);
  options.signal?.throwIfAborted();
  const run = await fitRows({ rows: read.rows, clusters, members, saved, refit }, settings, product, options);
  if (parts > 1) return assignParts(front, parts, read, run, product, options);
  const changedOf: Found["changedOf"] = new Map();
  addMembers(changedOf, run.members, read);
  return { run, done: "fitted", read, changedOf };
}

/** The texts of rows on whatever shard they are, by `keyId`. */
async function textsOf(shards: readonly ReadShard[], keys: readonly Key[]): Promise<Map<string, string>> {
  const found = await Promise.all(shards.map(({ database, record }) => readTexts(database, record, keys)));
  return new Map(found.flatMap((texts) => [...texts]));
}
