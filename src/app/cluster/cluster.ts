import { saveClustering, updateMembers } from "../../db/results/clustering.ts";
import type { Database } from "../../db/database.ts";
import type { Key } from "../../db/index-record.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { openMatrixProduct } from "../../embed/matrix-product.ts";
import type { Behind } from "../behind.ts";
import { readTexts } from "../row-text.ts";
import { assignRows, fitRows, type Run } from "./run.ts";
import { readClustered } from "./read.ts";
import { requireOptions, settingsOf, type ClusterFit, type ClusterOptions, type ClusterSettings } from "./settings.ts";
import { describeClusters, type Cluster, type ClusterMember } from "./result.ts";

/** What {@link cluster} found. */
export interface ClusterResult {
  readonly index: string;
  /** Name of the saved clustering; null where nothing is saved. */
  readonly clustering: string | null;
  /** `fitted`: the rows were clustered now; `assigned`: rows were given to clusters that there were. */
  readonly done: "fitted" | "assigned";
  /** Why a saved clustering was clustered again. Null if it was not. `model`: its centroids were of another model. */
  readonly refit: "asked" | "model" | null;
  /** Rows that have a vector. */
  readonly rows: number;
  /** Rows that were given to a cluster, or found too far from all, in this run. */
  readonly assigned: number;
  /** Rows that the clustering had and that are gone. */
  readonly forgotten: number;
  /** Rows that are less similar to every centroid than the cut. */
  readonly unassigned: number;
  readonly settings: ClusterSettings;
  readonly fit: ClusterFit;
  /** The largest first. */
  readonly clusters: readonly Cluster[];
  /** Every row, in the order of the keys as text. */
  readonly members: readonly ClusterMember[];
  /** Changed rows that wait for `sync`: they are clustered by their old text. */
  readonly pending: number;
  /** Rows that `sync` has given up. */
  readonly failed: number;
  readonly seconds: number;
  /** Shards whose rows are missing, as they did not answer; never empty. */
  readonly partial?: readonly string[];
}

/**
 * Groups the rows of an index by meaning. The method is spherical k-means over their vectors; words and rows say what
 * each cluster is about.
 *
 * With `save`, the clusters are kept in the database (`ltd.cluster_row` has the cluster of each row), and the next run
 * only assigns what is new or changed to them. After a change of the model they are computed again, and keep their
 * names by their rows.
 *
 * Cost: some seconds for 100,000 rows of 512 dimensions on two cores, and their vectors in memory, 205 MB. Throws
 * LtdError "usage" for settings out of range, "index" for an index without vectors, "locked" when another run saves the
 * same at the same time.
 * @example
 * const database = await openDatabase();
 * const { clusters } = await cluster(database, "faq", { k: 20, save: "topics" });
 * for (const { label, size } of clusters) console.log(size, label);
 */
export async function cluster(database: Database, name: string, options: ClusterOptions = {}): Promise<ClusterResult> {
  const started = performance.now();
  const { save, signal } = options;
  requireOptions(options);
  await requireSchema(database);
  const read = await readClustered(database, name, options);
  const { index, saved } = read;
  signal?.throwIfAborted();
  const product = await openMatrixProduct(options.threads);
  let run: Run;
  try {
    run =
      read.done === "assigned"
        ? await assignRows(read, product.multiply, signal)
        : await fitRows(read, settingsOf(options, saved?.settings), product.multiply, options);
  } finally {
    await product.close();
  }
  signal?.throwIfAborted();
  if (save !== undefined) {
    await database.transaction(async (tx) => {
      if (read.done === "assigned") await updateMembers(tx, index, read.saved, run.changed, read.gone);
      else await saveClustering(tx, index, { name: save, ...run }, saved);
    });
  }
  const clusters = await describeClusters(run.clusters, run.members, (keys) => readTexts(database, index, keys));
  const { done, refit, gone, behind } = read;
  return clusterResult(name, { run, done, refit, gone, behind, clusters, clustering: save ?? null, started });
}

/** What a run found, as callers get it. `started`: by the clock of `performance`. */
export function clusterResult(
  index: string,
  of: Pick<ClusterResult, "done" | "refit" | "clustering" | "clusters"> & {
    readonly run: Run;
    readonly gone: readonly Key[];
    readonly behind: Behind;
    readonly started: number;
  },
): ClusterResult {
  const { members, changed, settings, fit } = of.run;
  return {
    index,
    clustering: of.clustering,
    done: of.done,
    refit: of.refit,
    rows: members.length,
    assigned: changed.length,
    forgotten: of.gone.length,
    unassigned: members.filter((member) => member.cluster === null).length,
    settings,
    fit,
    clusters: of.clusters,
    members: members.map(({ key, cluster: id, similarity }) => ({ key, cluster: id, similarity })),
    ...of.behind,
    seconds: (performance.now() - of.started) / 1000,
  };
}
