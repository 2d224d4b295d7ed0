import { CentroidSums } from "../../cluster/centroids.ts";
import { createNearest, findNearest } from "../../cluster/nearest-centroid.ts";
import { isInPart } from "../../db/entries/vectors.ts";
import type { Fingerprint } from "../../db/indexes/front.ts";
import type { StoredMember } from "../../db/results/clustering.ts";
import { keyId } from "../../db/statement/key.ts";
import { joinSql } from "../../db/statement/sql-text.ts";
import { rowOf } from "../../vector/matrix.ts";
import type { MatrixProduct } from "../../vector/product.ts";
import { membersOf, sortByKey, stack, type Run } from "../cluster/run.ts";
import type { ClusterOptions } from "../cluster/settings.ts";
import { isNewTo, type KeptClustering } from "./clustering.ts";
import { readShardRows, type OnLate, type ShardRows } from "./rows.ts";
import type { Shard } from "./shard.ts";

/** A front whose rows are clustered, and what no caller of an index gives. */
export interface ShardsToCluster {
  readonly name: string;
  readonly shards: readonly Shard[];
  readonly fingerprint: Fingerprint;
  readonly onLate?: OnLate | undefined;
  /** Rows that are read together. Default 200,000, or 100 a cluster if that is more. */
  readonly rowsAtOnce?: number | undefined;
}

/** Rows and clusters of a run. */
export interface Found {
  readonly run: Run;
  readonly done: "fitted" | "assigned";
  /** What was read first: it says which shards were, and what waits there. */
  readonly read: Omit<ShardRows, "rows" | "shardOf">;
  /** Of each shard, by its name, those of the changed members whose rows it has. */
  readonly changedOf: Map<string, StoredMember[]>;
}

/** Reads the rows of one of `parts` parts; of a saved clustering those that it does not have. */
export async function readPart(
  { shards, fingerprint }: Pick<ShardsToCluster, "shards" | "fingerprint">,
  part: number,
  parts: number,
  { save }: ClusterOptions,
  kept?: KeptClustering,
): Promise<ShardRows> {
  const read = await readShardRows(shards, fingerprint, (record, shard) => {
    const isNew = kept && isNewTo(kept, { shard, record });
    const conditions = [...(isNew ? [isNew] : []), ...(parts > 1 ? [isInPart(record, part, parts)] : [])];
    return {
      words: part === 0 && kept === undefined,
      hashes: save !== undefined,
      ...(conditions.length > 0 && { condition: joinSql(conditions, " and ") }),
    };
  });
  // rows of it are among the members, or were saved: it cannot be left out
  if (read.late.length > 0 && (part > 0 || save !== undefined)) throw read.late[0]!.error;
  return read;
}

/** Gives all rows, part by part, to the nearest centroids. Those become the directions of the sums of their rows. */
export async function assignParts(
  { shards, fingerprint }: ShardsToCluster,
  parts: number,
  first: ShardRows,
  { settings, fit, nextCluster, clusters }: Run,
  product: MatrixProduct,
  options: ClusterOptions,
): Promise<Found> {
  const { dims } = first.rows.vectors;
  const { centroids, clusterOf } = stack(clusters, dims);
  const sums = new CentroidSums(centroids.rows, dims);
  const changedOf: Found["changedOf"] = new Map();
  const asked = shards.filter(({ name }) => first.shards.some(({ shard }) => shard === name));
  for (let part = 0; part < parts; part++) {
    const read = part === 0 ? first : await readPart({ shards: asked, fingerprint }, part, parts, options);
    const { keys, vectors } = read.rows;
    const nearest = createNearest(keys.length);
    await findNearest(vectors, centroids, product, nearest, {
      signal: options.signal,
      onChange: (row, _from, to) => sums.add(rowOf(vectors, row), to),
    });
    const isNear = (row: number) => settings.cut === null || nearest.similarities[row]! >= settings.cut;
    const idOf = (row: number) => (isNear(row) ? clusters[clusterOf[nearest.labels[row]!]!]!.id : null);
    addMembers(changedOf, membersOf(read.rows, nearest.similarities, idOf), read);
  }
  const moved = sums.centroids();
  const members = sortByKey([...changedOf.values()].flat());
  // in the order of `stack`
  let next = 0;
  const direction = (before: Float32Array) => {
    const at = next++;
    return sums.sizes[at] === 0 ? before : rowOf(moved.centroids, at);
  };
  const run: Run = {
    settings,
    fit: { ...fit, rows: members.length, iterations: fit.iterations + 1, inertia: moved.inertia },
    nextCluster,
    clusters: clusters.map((each) => ({ ...each, centroids: each.centroids.map(direction) })),
    members,
    changed: members,
  };
  return { run, done: "fitted", read: first, changedOf };
}

/** Adds members to those of the shards that have their rows. */
export function addMembers(
  changedOf: Found["changedOf"],
  members: readonly StoredMember[],
  { rows, shards, shardOf }: ShardRows,
): void {
  const shardAt = new Map(rows.keys.map((key, row) => [keyId(key), shards[shardOf[row]!]!.shard]));
  for (const member of members) {
    const shard = shardAt.get(keyId(member.key))!;
    const own = changedOf.get(shard) ?? [];
    changedOf.set(shard, own);
    own.push(member);
  }
}
