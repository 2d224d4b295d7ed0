import { fitClusters, type Before, type FittedClusters } from "../../cluster/fit.ts";
import { createNearest, findNearest } from "../../cluster/nearest-centroid.ts";
import type { StoredCluster, StoredMember } from "../../db/results/clustering.ts";
import { keyId } from "../../db/statement/key.ts";
import type { VectorRows } from "../../db/entries/vectors.ts";
import { createMatrix, rowOf, type Matrix } from "../../vector/matrix.ts";
import type { MatrixProduct } from "../../vector/product.ts";
import type { ClusterFit, ClusterOptions, ClusterSettings } from "./settings.ts";
import type { ReadToAssign, ReadToFit } from "./read.ts";

/** Clusters and rows as they are after a run. */
export interface Run {
  readonly settings: ClusterSettings;
  readonly fit: ClusterFit;
  readonly nextCluster: number;
  readonly clusters: readonly StoredCluster[];
  readonly members: readonly StoredMember[];
  /** Those of the members that were assigned now. */
  readonly changed: readonly StoredMember[];
}

/** Rows that are to be clustered, and what was saved of them. */
export type RowsToFit = Pick<ReadToFit, "rows" | "clusters" | "members" | "saved" | "refit">;

/** What is saved of a clustering, without rows. */
export type Assignable = Pick<ReadToAssign, "saved" | "clusters" | "members" | "gone">;

/** Gives rows to the clusters that there are. */
export async function assignRows(
  read: ReadToAssign,
  product: MatrixProduct,
  signal: AbortSignal | undefined,
): Promise<Run> {
  return withChanged(read, await nearestMembers(read, read.rows, product, signal));
}

/** Rows with the nearest of the clusters that there are. */
export async function nearestMembers(
  { saved: { settings }, clusters }: Pick<Assignable, "saved" | "clusters">,
  rows: VectorRows,
  product: MatrixProduct,
  signal: AbortSignal | undefined,
): Promise<StoredMember[]> {
  const { centroids, clusterOf } = stack(clusters, rows.vectors.dims);
  const nearest = createNearest(rows.keys.length);
  await findNearest(rows.vectors, centroids, product, nearest, { signal });
  return membersOf(rows, nearest.similarities, (row) =>
    settings.cut !== null && nearest.similarities[row]! < settings.cut
      ? null
      : clusters[clusterOf[nearest.labels[row]!]!]!.id,
  );
}

/** What is saved, with some members assigned now. */
export function withChanged(read: Assignable, changed: readonly StoredMember[]): Run {
  const { clusters } = read;
  const { settings, fit, nextCluster } = read.saved;
  const members = new Map(read.members.map((member) => [keyId(member.key), member]));
  for (const key of read.gone) members.delete(keyId(key));
  for (const member of changed) members.set(keyId(member.key), member);
  return { settings, fit, nextCluster, clusters, members: sortByKey([...members.values()]), changed };
}

/** Clusters all rows; clusters that continue one that is saved keep its number and name. */
export async function fitRows(
  read: RowsToFit,
  settings: ClusterSettings,
  product: MatrixProduct,
  { signal, onStep }: ClusterOptions,
): Promise<Run> {
  const { rows, clusters: old } = read;
  const before = old.length === 0 ? undefined : await labelsBefore(read, product, signal);
  const options = { ...settings, method: settings.method ?? undefined, signal, onStep };
  const fitted = await fitClusters(rows.vectors, rows.words, product, options, before);
  let nextCluster = read.saved?.nextCluster ?? 1;
  const clusters = fitted.clusters.map(({ continues, words, silhouette, centroids }): StoredCluster => {
    const from = continues === null ? undefined : old[continues];
    return { id: from?.id ?? nextCluster++, name: from?.name ?? null, words, silhouette, centroids };
  });
  const members = sortByKey(membersOf(rows, fitted.similarities, (row) => clusters[fitted.labels[row]!]?.id ?? null));
  return { settings, fit: fitOf(fitted, rows), nextCluster, clusters, members, changed: members };
}

/**
 * In which of the clusters that are saved each row was. Of rows that are new, the nearest, if the centroids are of this
 * model.
 */
async function labelsBefore(
  { rows, clusters, members, refit }: RowsToFit,
  product: MatrixProduct,
  signal: AbortSignal | undefined,
): Promise<Before> {
  const labelOf = new Map(clusters.map(({ id }, at) => [id, at]));
  const of = new Map(
    members.map(({ key, cluster }) => [keyId(key), cluster === null ? -1 : (labelOf.get(cluster) ?? -1)]),
  );
  const labels = new Int32Array(rows.keys.length).fill(-1);
  if (refit !== "model") {
    const { centroids, clusterOf } = stack(clusters, rows.vectors.dims);
    const nearest = createNearest(rows.keys.length);
    await findNearest(rows.vectors, centroids, product, nearest, { signal });
    nearest.labels.forEach((centroid, row) => (labels[row] = clusterOf[centroid]!));
  }
  rows.keys.forEach((key, row) => {
    const known = of.get(keyId(key));
    if (known !== undefined) labels[row] = known;
  });
  const merged = clusters.flatMap(({ centroids }, at) => (centroids.length > 1 ? [at] : []));
  return { labels, count: clusters.length, merged: new Set(merged) };
}

/** The centroids of all clusters as one matrix, and the number of the cluster that each is of. */
export function stack(clusters: readonly StoredCluster[], dims: number): { centroids: Matrix; clusterOf: number[] } {
  const all = clusters.flatMap(({ centroids }, at) => centroids.map((centroid) => ({ centroid, at })));
  const centroids = createMatrix(all.length, dims);
  all.forEach(({ centroid }, row) => rowOf(centroids, row).set(centroid));
  return { centroids, clusterOf: all.map(({ at }) => at) };
}

/** Rows with the cluster of each; null: it is in none. */
export function membersOf(
  rows: VectorRows,
  similarities: Float32Array,
  clusterOf: (row: number) => number | null,
): StoredMember[] {
  return rows.keys.map((key, row) => ({
    key,
    cluster: clusterOf(row),
    similarity: similarities[row]!,
    hash: rows.hashes[row]!,
  }));
}

/** In the order of the keys as text, so that it is the same after every run. */
export function sortByKey(members: readonly StoredMember[]): StoredMember[] {
  const named = members.map((member) => ({ name: member.key.join("\0"), member }));
  return named.sort((a, b) => (a.name < b.name ? -1 : 1)).map(({ member }) => member);
}

function fitOf({ k, sweep, method, iterations, inertia, silhouette }: FittedClusters, rows: VectorRows): ClusterFit {
  return { rows: rows.keys.length, k, sweep, method, iterations, inertia, silhouette };
}
