import { CentroidSums } from "../../cluster/centroids.ts";
import { createNearest, findNearest } from "../../cluster/nearest-centroid.ts";
import type { Database } from "../../db/database.ts";
import { entryStatus } from "../../db/entries/entry-status.ts";
import { isInPart } from "../../db/entries/vectors.ts";
import type { Key } from "../../db/index-record.ts";
import { findFront, type Fingerprint, type FrontRecord } from "../../db/indexes/front.ts";
import type { StoredMember } from "../../db/results/clustering.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { openMatrixProduct } from "../../embed/matrix-product.ts";
import { LtdError } from "../../errors.ts";
import { createMatrix, rowOf } from "../../vector/matrix.ts";
import type { MatrixProduct } from "../../vector/product.ts";
import * as one from "../cluster/cluster.ts";
import { clusterResult, type ClusterResult } from "../cluster/cluster.ts";
import { requireRows } from "../cluster/read.ts";
import { describeClusters } from "../cluster/result.ts";
import { fitRows, membersOf, sortByKey, type Run } from "../cluster/run.ts";
import { requireOptions, settingsOf, type ClusterOptions } from "../cluster/settings.ts";
import { readTexts } from "../row-text.ts";
import { onEachGeneration, withShards } from "./each.ts";
import { readShardRows, type OnLate, type ReadShard, type ShardRows } from "./rows.ts";
import type { Shard } from "./shard.ts";

/** Least number of rows that are read together, and that centroids are made of. */
const ROWS_AT_ONCE = 200_000;
/** The same for each cluster. */
const ROWS_A_CLUSTER = 100;

/** A front whose rows are clustered, and what no caller of an index gives. */
export interface ShardsToCluster {
  readonly name: string;
  readonly shards: readonly Shard[];
  readonly fingerprint: Fingerprint;
  readonly onLate?: OnLate | undefined;
  /** Rows that are read together. Default 200,000, or 100 a cluster if that is more. */
  readonly rowsAtOnce?: number | undefined;
}

/**
 * Groups the rows of an index by meaning. The method is spherical k-means over their vectors; words and rows say what
 * each cluster is about.
 *
 * With `save`, the clusters are kept in the database (`ltd.cluster_row` has the cluster of each row), and the next run
 * only assigns what is new or changed to them. After a change of the model they are computed again, and keep their
 * names by their rows.
 *
 * Of a front it groups the rows of all shards; `save` is for one index. A shard that does not answer is named in
 * `partial`.
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
 * @throws LtdError "usage" where it is to be saved; of the first shard where none answers
 */
export async function clusterShards(front: ShardsToCluster, options: ClusterOptions): Promise<ClusterResult> {
  const started = performance.now();
  const { name, onLate } = front;
  const { signal } = options;
  requireOptions(options);
  if (options.save !== undefined) throw cannotSave(name);
  const settings = settingsOf(options, undefined);
  const parts = await countParts(front, settings.k);
  const first = await readPart(front, 0, parts);
  requireRows({ name }, first.rows.keys.length, first.behind, settings.k);
  signal?.throwIfAborted();
  const product = await openMatrixProduct(options.threads);
  let run: Run;
  try {
    const unsaved = { clusters: [], members: [], saved: undefined, refit: null };
    run = await fitRows({ rows: first.rows, ...unsaved }, settings, product.multiply, options);
    if (parts > 1) run = await assignParts(front, parts, first, run, product.multiply, signal);
  } finally {
    await product.close();
  }
  const { shards, late, behind } = first;
  for (const each of late) onLate?.(each.shard, each.error);
  const clusters = await describeClusters(run.clusters, run.members, (keys) => textsOf(shards, keys));
  return {
    ...clusterResult(name, { run, done: "fitted", refit: null, gone: [], behind, clusters, clustering: null, started }),
    ...(late.length > 0 && { partial: late.map(({ shard }) => shard) }),
  };
}

/** How many parts the rows are read in. */
async function countParts({ shards, fingerprint, rowsAtOnce }: ShardsToCluster, k: number | "auto"): Promise<number> {
  const together = rowsAtOnce ?? Math.max(ROWS_AT_ONCE, k === "auto" ? 0 : ROWS_A_CLUSTER * k);
  const outcomes = await onEachGeneration(shards, fingerprint, entryStatus);
  const rows = outcomes.reduce((sum, each) => sum + (each.error ? 0 : each.value.indexed), 0);
  return Math.max(1, Math.ceil(rows / together));
}

/** Reads the rows of one of `parts` parts. */
function readPart(
  { shards, fingerprint }: Pick<ShardsToCluster, "shards" | "fingerprint">,
  part: number,
  parts: number,
): Promise<ShardRows> {
  return readShardRows(shards, fingerprint, (record) => ({
    words: part === 0,
    ...(parts > 1 && { condition: isInPart(record, part, parts) }),
  }));
}

/** Gives all rows, part by part, to the nearest centroids. Those become the directions of the sums of their rows. */
async function assignParts(
  { shards, fingerprint }: ShardsToCluster,
  parts: number,
  first: ShardRows,
  { settings, fit, nextCluster, clusters }: Run,
  product: MatrixProduct,
  signal: AbortSignal | undefined,
): Promise<Run> {
  const { dims } = first.rows.vectors;
  const centroids = createMatrix(clusters.length, dims);
  clusters.forEach((each, at) => rowOf(centroids, at).set(each.centroids[0]!));
  const sums = new CentroidSums(clusters.length, dims);
  const members: StoredMember[] = [];
  const asked = shards.filter(({ name }) => first.shards.some(({ shard }) => shard === name));
  for (let part = 0; part < parts; part++) {
    const { rows, late } = part === 0 ? first : await readPart({ shards: asked, fingerprint }, part, parts);
    // rows of it are among the members: it cannot be left out any more
    if (part > 0 && late.length > 0) throw late[0]!.error;
    const { keys, vectors } = rows;
    const nearest = createNearest(keys.length);
    await findNearest(vectors, centroids, product, nearest, {
      signal,
      onChange: (row, _from, to) => sums.add(rowOf(vectors, row), to),
    });
    const isNear = (row: number) => settings.cut === null || nearest.similarities[row]! >= settings.cut;
    const idOf = (row: number) => (isNear(row) ? clusters[nearest.labels[row]!]!.id : null);
    for (const member of membersOf(rows, nearest.similarities, idOf)) members.push(member);
  }
  const moved = sums.centroids();
  const sorted = sortByKey(members);
  return {
    settings,
    fit: { ...fit, rows: sorted.length, iterations: fit.iterations + 1, inertia: moved.inertia },
    nextCluster,
    clusters: clusters.map((each, at) =>
      sums.sizes[at] === 0 ? each : { ...each, centroids: [rowOf(moved.centroids, at)] },
    ),
    members: sorted,
    changed: sorted,
  };
}

/** The texts of rows on whatever shard they are, by `keyId`. */
async function textsOf(shards: readonly ReadShard[], keys: readonly Key[]): Promise<Map<string, string>> {
  const found = await Promise.all(shards.map(({ database, record }) => readTexts(database, record, keys)));
  return new Map(found.flatMap((texts) => [...texts]));
}

function cannotSave(name: string): LtdError {
  return new LtdError("usage", `clusters of all shards of ${name} cannot be saved`, {
    hint: `leave out --save, or save those of each shard, by its --database-url (ltd-index shard list)`,
  });
}
