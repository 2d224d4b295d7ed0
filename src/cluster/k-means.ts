import { createMatrix, rowOf, type Matrix } from "../vector/matrix.ts";
import type { MatrixProduct } from "../vector/product.ts";
import { Random } from "../vector/random.ts";
import { CentroidSums } from "./centroids.ts";
import { drawRows } from "./draw-rows.ts";
import { createNearest, findNearest, type Nearest } from "./nearest-centroid.ts";
import { seedCentroids } from "./seeding.ts";

/** Settings of {@link kMeans}. */
export interface KMeansOptions {
  /** Clusters, 2 or more, N at most. */
  k: number;
  /** The same seed gives the same clusters. Default 1. */
  seed?: number | undefined;
  /** Starts, of which the best is taken: 1 to 100, default 4. */
  starts?: number | undefined;
  /**
   * With `lloyd`, each pass reads all rows; `mini-batch` reads random ones. Default: by the number of rows, Lloyd up to
   * 200,000.
   */
  method?: "lloyd" | "mini-batch" | undefined;
  /**
   * Rows that the starts are made with, and on which they are compared: drawn by chance. Default 10,000, 100 a cluster
   * at least.
   */
  sampleRows?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** What {@link kMeans} found. */
export interface KMeansResult extends Nearest {
  /** K x D, rows of unit length. Fewer than `k` where there are fewer different rows. */
  readonly centroids: Matrix;
  readonly sizes: Int32Array;
  /** Sum of the squared distances of all rows to the means of their clusters. */
  readonly inertia: number;
  /** Rounds over all rows, or over as many. */
  readonly iterations: number;
  readonly method: "lloyd" | "mini-batch";
}

const LLOYD_ROWS = 200_000;
const MOST_ITERATIONS = 100;
/** Rounds end when inertia falls by less than this share. */
const TOLERANCE = 1e-5;
const BATCH_ROWS = 4_096;
const MOST_BATCH_PASSES = 3;

/**
 * Spherical k-means of N unit rows: K centroids of unit length, each the direction of the sum of the rows that are
 * nearest to it.
 *
 * Several k-means++ starts are brought to rest on a sample, and the best goes on with all rows: so further starts cost
 * little. Source: Dhillon & Modha 2001 (spherical), Bradley & Fayyad 1998 (starts refined on samples), Sculley 2010
 * (mini-batch).
 *
 * Cost: N K D multiplications a round, some tens of rounds. Memory: 20 bytes a row beside the rows, and the sample.
 */
export async function kMeans(vectors: Matrix, product: MatrixProduct, options: KMeansOptions): Promise<KMeansResult> {
  const { k, seed = 1, starts = 4, signal } = options;
  const { method = vectors.rows > LLOYD_ROWS ? "mini-batch" : "lloyd" } = options;
  const random = new Random(seed);
  const sample = drawRows(vectors, options.sampleRows ?? Math.max(10_000, 100 * k), random);
  let best: Clustering | undefined;
  for (let start = 0; start < starts; start++) {
    const seeds = await seedCentroids(sample, k, product, random);
    const found = await lloyd(sample, seeds, product, signal);
    if (best === undefined || found.inertia < best.inertia) best = found;
  }
  if (best === undefined) throw new RangeError(`${starts} starts`);
  // a sample of all rows is at rest already
  if (sample.rows === vectors.rows) return { ...best, method: "lloyd" };
  const { centroids } = best;
  if (method === "lloyd") return { ...(await lloyd(vectors, centroids, product, signal)), method };
  return { ...(await miniBatch(vectors, centroids, product, random, signal)), method };
}

type Clustering = Omit<KMeansResult, "method">;

async function lloyd(
  vectors: Matrix,
  seeds: Matrix,
  product: MatrixProduct,
  signal: AbortSignal | undefined,
): Promise<Clustering> {
  const nearest = createNearest(vectors.rows);
  const sums = new CentroidSums(seeds.rows, seeds.dims);
  let centroids = seeds;
  let inertia = Number.POSITIVE_INFINITY;
  let iterations = 0;
  const move = (row: number, from: number, to: number): void => {
    const vector = rowOf(vectors, row);
    if (from >= 0) sums.remove(vector, from);
    sums.add(vector, to);
  };
  for (;;) {
    const changed = await findNearest(vectors, centroids, product, nearest, { signal, onChange: move });
    const refilled = fillEmpty(nearest, sums.sizes, move);
    const next = sums.centroids();
    iterations++;
    const isAtRest = changed === 0 || inertia - next.inertia < TOLERANCE * next.inertia;
    inertia = next.inertia;
    centroids = next.centroids;
    if (refilled === 0 && (isAtRest || iterations === MOST_ITERATIONS)) break;
    if (iterations > 2 * MOST_ITERATIONS) break; // equal rows that are moved to and fro
  }
  return { ...nearest, centroids, sizes: sums.sizes, inertia, iterations };
}

/** Gives each cluster that has lost all its rows the row that is farthest from its centroid. */
function fillEmpty(nearest: Nearest, sizes: Int32Array, move: (row: number, from: number, to: number) => void): number {
  const empty = [...sizes.keys()].filter((cluster) => sizes[cluster] === 0);
  if (empty.length === 0) return 0;
  const { labels, similarities } = nearest;
  const order = [...labels.keys()].sort((a, b) => similarities[a]! - similarities[b]!);
  let filled = 0;
  for (const row of order) {
    if (filled === empty.length) break;
    const from = labels[row]!;
    if (sizes[from]! < 2) continue;
    const to = empty[filled++]!;
    labels[row] = to;
    similarities[row] = 1;
    move(row, from, to);
  }
  return filled;
}

/** Centroids follow batches of rows by chance, each by the mean of all that it was given so far. */
async function miniBatch(
  vectors: Matrix,
  seeds: Matrix,
  product: MatrixProduct,
  random: Random,
  signal: AbortSignal | undefined,
): Promise<Clustering> {
  const sums = new CentroidSums(seeds.rows, seeds.dims);
  for (let cluster = 0; cluster < seeds.rows; cluster++) sums.add(rowOf(seeds, cluster), cluster);
  let centroids = seeds;
  const batch = createMatrix(Math.min(BATCH_ROWS, vectors.rows), vectors.dims);
  const batches = Math.ceil((MOST_BATCH_PASSES * vectors.rows) / batch.rows);
  for (let done = 0; done < batches; done++) {
    for (let at = 0; at < batch.rows; at++) rowOf(batch, at).set(rowOf(vectors, random.below(vectors.rows)));
    const found = createNearest(batch.rows);
    await findNearest(batch, centroids, product, found, { signal });
    found.labels.forEach((cluster, at) => sums.add(rowOf(batch, at), cluster));
    centroids = sums.centroids().centroids;
  }
  const nearest = createNearest(vectors.rows);
  const ends = new CentroidSums(seeds.rows, seeds.dims);
  const onChange = (row: number, _from: number, to: number): void => ends.add(rowOf(vectors, row), to);
  await findNearest(vectors, centroids, product, nearest, { signal, onChange });
  fillEmpty(nearest, ends.sizes, (row, from, to) => {
    ends.remove(rowOf(vectors, row), from);
    ends.add(rowOf(vectors, row), to);
  });
  return { ...nearest, ...ends.centroids(), sizes: ends.sizes, iterations: MOST_BATCH_PASSES + 1 };
}
