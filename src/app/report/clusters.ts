import { getClustering, listClusters, listMembers } from "../../db/results/clustering.ts";
import type { Database } from "../../db/database.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import { keyId } from "../../db/statement/key.ts";
import type { ReportCluster } from "../../report/report-data.ts";
import { readTexts } from "../row-text.ts";
import { describeClusters, type Cluster, type ClusterMember } from "../cluster/result.ts";
import type { ClusterOptions } from "../cluster/settings.ts";
import { cluster } from "../cluster/cluster.ts";

/** The clusters of a report, and the cluster of each row by `keyId`. */
export interface ReportClusters {
  readonly clusters: readonly ReportCluster[];
  readonly clusterOf: ReadonlyMap<string, number | null>;
}

/** The clusters of a saved clustering as they are, or without its name those that the rows have now. Writes nothing. */
export async function clustersFor(
  database: Database,
  index: IndexRecord,
  clustering: string | undefined,
  options: Pick<ClusterOptions, "k" | "seed" | "threads" | "signal">,
): Promise<ReportClusters> {
  const { clusters, members } =
    clustering === undefined
      ? await cluster(database, index.name, options)
      : await savedClusters(database, index, clustering);
  return {
    clusters: clusters.map(({ id, label, words, size, cohesion, representatives }) => ({
      id,
      label,
      words: words.map(({ word }) => word),
      size,
      cohesion,
      examples: representatives.map(({ text }) => text),
    })),
    clusterOf: new Map(members.map(({ key, cluster: id }) => [keyId(key), id])),
  };
}

async function savedClusters(
  database: Database,
  index: IndexRecord,
  name: string,
): Promise<{ clusters: readonly Cluster[]; members: readonly Pick<ClusterMember, "key" | "cluster">[] }> {
  const saved = await getClustering(database, index.name, name);
  const members = await listMembers(database, saved);
  const clusters = await listClusters(database, saved);
  return { clusters: await describeClusters(clusters, members, (keys) => readTexts(database, index, keys)), members };
}
