import { rowOf, type Matrix } from "../vector/matrix.ts";
import type { MatrixProduct } from "../vector/product.ts";
import { chooseK, type SweepStep } from "./choose-k.ts";
import { followClusters } from "./follow.ts";
import { kMeans, type KMeansOptions } from "./k-means.ts";
import { labelWords, type ClusterWord } from "./label-words.ts";
import { mean, silhouettes } from "./silhouette.ts";

/** Settings of {@link fitClusters}. */
export interface FitOptions extends Omit<KMeansOptions, "k" | "sampleRows"> {
  /** Clusters, 1 to N, or the number with the largest silhouette. */
  k: number | "auto";
  /** Rows whose cosine with the nearest centroid is smaller stay unassigned; null: none does. */
  cut: number | null;
  /** Called for each number of clusters that is tried. */
  onStep?: ((step: SweepStep) => void) | undefined;
}

/** Clusters of the same rows that were there before, to be continued. */
export interface Before {
  /** Of each row, 0 to `count` - 1; negative: none. */
  readonly labels: Int32Array;
  readonly count: number;
  /** Those that were made of several. */
  readonly merged: ReadonlySet<number>;
}

/** A cluster of {@link fitClusters}. */
export interface FittedCluster {
  /** The one of before that it continues; null: it is new. */
  readonly continues: number | null;
  /** One, or several where it continues one that was merged; unit length. */
  readonly centroids: readonly Float32Array[];
  readonly words: readonly ClusterWord[];
  /** Mean of its rows, in [-1, 1]. */
  readonly silhouette: number;
}

/** What {@link fitClusters} found. */
export interface FittedClusters {
  /** The largest first. */
  readonly clusters: readonly FittedCluster[];
  /** Of each row its cluster; -1: unassigned. */
  readonly labels: Int32Array;
  /** Cosine of each row with the nearest centroid. */
  readonly similarities: Float32Array;
  /**
   * The clusters of k-means before some were merged again. Their number, how it was found (null: it was given), and the
   * outcome.
   */
  readonly k: number;
  readonly sweep: readonly SweepStep[] | null;
  readonly method: "lloyd" | "mini-batch";
  readonly iterations: number;
  readonly inertia: number;
  /** Mean of the rows that are in a cluster. */
  readonly silhouette: number;
}

/**
 * Clusters N unit rows by k-means. Gives for each cluster the earlier one that it continues, its words and its
 * silhouette.
 * @param words of each row its distinct words, with a blank between them
 */
export async function fitClusters(
  vectors: Matrix,
  words: readonly string[],
  product: MatrixProduct,
  options: FitOptions,
  before?: Before,
): Promise<FittedClusters> {
  const { k: wanted, cut, onStep, ...settings } = options;
  const choice = wanted === "auto" ? await chooseK(vectors, product, { ...settings, ...(onStep && { onStep }) }) : null;
  const found = await kMeans(vectors, product, { ...settings, k: choice?.k ?? (wanted as number) });
  const { similarities, centroids } = found;
  const near = found.labels.map((label, row) => (cut !== null && similarities[row]! < cut ? -1 : label));
  const groups = groupsOf(near, centroids.rows, before);
  const ofCentroid = new Int32Array(centroids.rows);
  groups.forEach(({ members }, group) => members.forEach((centroid) => (ofCentroid[centroid] = group)));
  const labels = near.map((label) => (label < 0 ? -1 : ofCentroid[label]!));
  const ofRows = await silhouettes(vectors, labels, groups.length, product);
  const wordsOf = labelWords(labels, groups.length, words);
  return {
    clusters: groups.map(({ continues, members }, group) => ({
      continues,
      centroids: members.map((centroid) => rowOf(centroids, centroid).slice()),
      words: wordsOf[group]!,
      silhouette: mean(ofRows.filter((_, row) => labels[row] === group)),
    })),
    labels,
    similarities,
    k: centroids.rows,
    sweep: choice?.sweep ?? null,
    method: found.method,
    iterations: found.iterations,
    inertia: found.inertia,
    silhouette: mean(ofRows.filter((_, row) => labels[row]! >= 0)),
  };
}

/**
 * Which centroids make a cluster together: each by itself, but those that continue one of several. The largest first.
 */
function groupsOf(labels: Int32Array, k: number, before: Before | undefined) {
  const continues: (number | null)[] =
    before === undefined
      ? Array.from({ length: k }, () => null)
      : followClusters(before.labels, before.count, labels, k, before.merged);
  const sizes = new Int32Array(k);
  for (const label of labels) if (label >= 0) sizes[label]! += 1;
  const groups = new Map<string, { continues: number | null; members: number[]; size: number }>();
  continues.forEach((from, centroid) => {
    const name = from === null ? `new ${centroid}` : String(from);
    const group = groups.get(name) ?? { continues: from, members: [], size: 0 };
    group.members.push(centroid);
    group.size += sizes[centroid]!;
    groups.set(name, group);
  });
  return [...groups.values()].sort((a, b) => b.size - a.size || a.members[0]! - b.members[0]!);
}
