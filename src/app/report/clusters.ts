import { keyId } from "../../db/statement/key.ts";
import type { ReportCluster } from "../../report/report-data.ts";
import { describeClusters } from "../cluster/result.ts";
import type { ClusterOptions } from "../cluster/settings.ts";
import type { ReportSource } from "./source.ts";

/** The clusters of a report, and the cluster of each row by `keyId`. */
export interface ReportClusters {
  readonly clusters: readonly ReportCluster[];
  readonly clusterOf: ReadonlyMap<string, number | null>;
}

/** The clusters of a saved clustering as they are, or without its name those that the rows have now. Writes nothing. */
export async function clustersFor(
  source: ReportSource,
  clustering: string | undefined,
  options: Pick<ClusterOptions, "k" | "seed" | "threads" | "signal">,
): Promise<ReportClusters> {
  const { clusters, members } =
    clustering === undefined ? await source.cluster(options) : await savedClusters(source, clustering);
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

async function savedClusters(source: ReportSource, name: string) {
  const { clusters, members } = await source.saved(name);
  return { clusters: await describeClusters(clusters, members, (keys) => source.loop.texts(keys)), members };
}
