import {
  countRun,
  dropClusterings,
  getClustering,
  joinClusters,
  listClusters,
  setClusterName,
  type StoredCluster,
} from "../../db/results/clustering.ts";
import type { Database, Queryable } from "../../db/database.ts";
import { getIndex } from "../../db/indexes/find-index.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { LtdError } from "../../errors.ts";

const LONGEST_NAME = 200;

/**
 * Gives a cluster of a saved clustering a name, which stays when everything is clustered again. Null: it is called by
 * its words again.
 *
 * Throws LtdError "index" when there is no such index, clustering or cluster, "usage" for an empty name.
 *
 * @example
 * const database = await openDatabase();
 * await renameCluster(database, "faq", "topics", 3, "退款");
 */
export async function renameCluster(
  database: Database,
  index: string,
  clustering: string,
  cluster: number,
  name: string | null,
): Promise<void> {
  const given = name?.trim();
  if (given !== undefined && (given === "" || given.length > LONGEST_NAME || given.includes("\0"))) {
    throw new LtdError("usage", `a cluster cannot be called ${JSON.stringify(name)}`, {
      hint: `give it 1 to ${LONGEST_NAME} characters`,
    });
  }
  await edit(database, index, clustering, async (tx, record, clusters) => {
    find(clusters, cluster, clustering);
    await setClusterName(tx, record, cluster, given ?? null);
  });
}

/**
 * Merges clusters of a saved clustering into the first of them. It gets all of their rows; the other clusters are gone.
 * The rows stay together when everything is clustered again.
 *
 * Throws LtdError "index" when there is no such index, clustering or cluster, "usage" for fewer than two of them.
 * @example
 * const database = await openDatabase();
 * await mergeClusters(database, "faq", "topics", [3, 7]); // 7 becomes part of 3
 */
export async function mergeClusters(
  database: Database,
  index: string,
  clustering: string,
  clusters: readonly number[],
): Promise<void> {
  const ids = [...new Set(clusters)];
  if (ids.length < 2) {
    throw new LtdError("usage", `at least two clusters are needed to merge, not ${ids.join(", ") || "none"}`);
  }
  await edit(database, index, clustering, async (tx, record, all) => {
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
  });
}

/**
 * Deletes a saved clustering; the rows are not changed. Throws LtdError "index" when there is none.
 * @example
 * const database = await openDatabase();
 * await dropClustering(database, "faq", "topics");
 */
export async function dropClustering(database: Database, index: string, clustering: string): Promise<void> {
  await edit(database, index, clustering, (tx) => dropClusterings(tx, index, clustering));
}

async function edit(
  database: Database,
  index: string,
  clustering: string,
  work: (tx: Queryable, record: { id: number }, clusters: readonly StoredCluster[]) => Promise<void>,
): Promise<void> {
  await requireSchema(database);
  await database.transaction(async (tx) => {
    const { name } = await getIndex(tx, index);
    const record = await getClustering(tx, name, clustering);
    await countRun(tx, { name }, record);
    await work(tx, record, await listClusters(tx, record));
  });
}

function find(clusters: readonly StoredCluster[], id: number, clustering: string): StoredCluster {
  const found = clusters.find((cluster) => cluster.id === id);
  if (found !== undefined) return found;
  throw new LtdError("index", `the clustering ${clustering} has no cluster ${id}`, {
    hint: `its clusters are: ${clusters.map((cluster) => cluster.id).join(", ")}`,
  });
}
