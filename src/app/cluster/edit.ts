import {
  countRun,
  getClustering,
  joinClusters,
  listClusters,
  setClusterName,
  type StoredCluster,
} from "../../db/results/clustering.ts";
import type { Queryable } from "../../db/database.ts";
import { LtdError } from "../../errors.ts";

const LONGEST_NAME = 200;

/** Changes a saved clustering; run in a transaction. */
export type Edit = (
  tx: Queryable,
  record: { readonly id: number; readonly indexName: string },
  clusters: readonly StoredCluster[],
) => Promise<void>;

/** Gives a cluster a name. Throws LtdError "usage" for an empty one. */
export function renaming(clustering: string, cluster: number, name: string | null): Edit {
  const given = name?.trim();
  if (given !== undefined && (given === "" || given.length > LONGEST_NAME || given.includes("\0"))) {
    throw new LtdError("usage", `a cluster cannot be called ${JSON.stringify(name)}`, {
      hint: `give it 1 to ${LONGEST_NAME} characters`,
    });
  }
  return async (tx, record, clusters) => {
    find(clusters, cluster, clustering);
    await setClusterName(tx, record, cluster, given ?? null);
  };
}

/** Merges clusters into the first of them. Throws LtdError "usage" for fewer than two. */
export function merging(clustering: string, clusters: readonly number[]): Edit {
  const ids = [...new Set(clusters)];
  if (ids.length < 2) {
    throw new LtdError("usage", `at least two clusters are needed to merge, not ${ids.join(", ") || "none"}`);
  }
  return async (tx, record, all) => {
    const [into, ...others] = ids.map((id) => find(all, id, clustering));
    const merged = [into!, ...others];
    const words = new Map<string, number>();
    for (const cluster of merged) {
      for (const { word, score } of cluster.words) words.set(word, (words.get(word) ?? 0) + score);
    }
    const best = [...words].map(([word, score]) => ({ word, score })).sort((a, b) => b.score - a.score);
    const silhouette = merged.reduce((sum, value) => sum + value.silhouette, 0) / merged.length;
    const most = Math.max(...merged.map((cluster) => cluster.words.length));
    const joined = { id: into!.id, words: best.slice(0, most), silhouette };
    await joinClusters(
      tx,
      record,
      joined,
      others.map(({ id }) => id),
    );
  };
}

/** Runs an edit of a clustering of one index. Throws LtdError "index" when there is none. */
export async function edit(tx: Queryable, index: string, clustering: string, work: Edit): Promise<void> {
  const record = await getClustering(tx, index, clustering);
  await countRun(tx, { name: index }, record);
  await work(tx, { id: record.id, indexName: index }, await listClusters(tx, record));
}

function find(clusters: readonly StoredCluster[], id: number, clustering: string): StoredCluster {
  const found = clusters.find((cluster) => cluster.id === id);
  if (found !== undefined) return found;
  throw new LtdError("index", `the clustering ${clustering} has no cluster ${id}`, {
    hint: `its clusters are: ${clusters.map((cluster) => cluster.id).join(", ")}`,
  });
}
