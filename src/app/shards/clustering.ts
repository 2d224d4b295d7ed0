import { hash } from "node:crypto";
import { inSnapshot } from "../../db/connect/snapshot.ts";
import type { Key } from "../../db/index-record.ts";
import type { Fingerprint } from "../../db/indexes/front.ts";
import {
  isUnassigned,
  listClusterings,
  listClusters,
  listGone,
  listMembers,
  saveClustering,
  updateMembers,
  type StoredCluster,
  type StoredMember,
} from "../../db/results/clustering.ts";
import type { SqlText } from "../../db/statement/sql-text.ts";
import { LtdError } from "../../errors.ts";
import type { SavedClustering } from "../cluster/read.ts";
import type { Run } from "../cluster/run.ts";
import type { ClusterFit, ClusterSettings } from "../cluster/settings.ts";
import { allOf, inEach, onEachGeneration } from "./each.ts";
import type { ReadShard } from "./rows.ts";
import type { Shard } from "./shard.ts";

/** What one shard has of a clustering. */
interface Kept extends ReadShard {
  /** Undefined: the shard was added since it was saved. */
  readonly saved: SavedClustering | undefined;
  readonly clusters: readonly StoredCluster[];
  readonly members: readonly StoredMember[];
  /** Rows that the clustering has and the shard no longer. */
  readonly gone: readonly Key[];
}

/** A clustering of all shards. Each shard has its clusters, and its own rows. */
export interface KeptClustering {
  readonly shards: readonly Kept[];
  readonly saved: SavedClustering;
  readonly clusters: readonly StoredCluster[];
  /** Those of the shards whose clusters these are. */
  readonly members: readonly StoredMember[];
  readonly gone: readonly Key[];
}

/**
 * Reads a clustering from all shards. Undefined: none has it.
 *
 * @param refit whether the clusters may differ, as all rows are clustered again: then those of the first shard count
 * @throws LtdError "index" where they differ; that of the first shard that does not answer
 */
export async function readKept(
  index: string,
  shards: readonly Shard[],
  fingerprint: Fingerprint,
  name: string,
  refit = false,
): Promise<KeptClustering | undefined> {
  const all = allOf(
    await onEachGeneration(shards, fingerprint, (database, record, { name: shard }) =>
      inSnapshot(database, async (tx): Promise<Kept> => {
        const of = { shard, database, record };
        const [saved] = await listClusterings<ClusterSettings, ClusterFit>(tx, record.name, name);
        if (saved === undefined) return { ...of, saved, clusters: [], members: [], gone: [] };
        return {
          ...of,
          saved,
          clusters: await listClusters(tx, saved),
          members: await listMembers(tx, saved),
          gone: await listGone(tx, record, saved),
        };
      }),
    ),
  );
  const first = all.find(({ saved }) => saved !== undefined);
  if (first === undefined) return undefined;
  const different = all.find((each) => each.saved !== undefined && digestOf(each) !== digestOf(first));
  if (different !== undefined && !refit) throw differs(index, name, first.shard, different.shard);
  const same = all.filter((each) => each.saved !== undefined && digestOf(each) === digestOf(first));
  return {
    shards: all,
    saved: first.saved!,
    clusters: first.clusters,
    members: same.flatMap(({ members }) => members),
    gone: all.flatMap(({ gone }) => gone),
  };
}

/** The clusters of a shard, but not which of its rows are in them. */
function digestOf({ saved, clusters }: Pick<Kept, "saved" | "clusters">): string {
  const { modelChecksum, settings, fit, nextCluster } = saved!;
  const centroids = clusters.map((cluster) => ({ ...cluster, centroids: cluster.centroids.map((one) => [...one]) }));
  return hash("sha256", JSON.stringify([modelChecksum, settings, fit, nextCluster, centroids]));
}

function differs(index: string, name: string, one: string, other: string): LtdError {
  return new LtdError("index", `the clustering ${name} has other clusters on the shard ${one} than on ${other}`, {
    hint: `a run was cut off, or they were saved by themselves; cluster again: ltd-index cluster ${index} --save ${name} --refit`,
  });
}

/** That an entry `e` of a shard is new to a clustering, or another than when it was assigned. Undefined: all are. */
export function isNewTo(
  { shards }: KeptClustering,
  { shard, record }: Pick<ReadShard, "shard" | "record">,
): SqlText | undefined {
  const saved = shards.find((each) => each.shard === shard)?.saved;
  return saved && isUnassigned(record, saved);
}

/** What {@link saveRun} writes. */
export interface NewRun {
  readonly name: string;
  readonly done: "fitted" | "assigned";
  readonly run: Run;
  /** Of each shard, by its name, those of the changed members whose rows it has. */
  readonly changedOf: ReadonlyMap<string, readonly StoredMember[]>;
}

/**
 * Writes a run on all shards: on each the clusters, and its own rows. They are committed one after the other when all
 * are written. If it is killed in between, the next run finds that they differ.
 *
 * @throws LtdError "locked" when another run has changed one of them in between
 */
export async function saveRun(
  shards: readonly ReadShard[],
  kept: KeptClustering | undefined,
  { name, done, run, changedOf }: NewRun,
): Promise<void> {
  const databases = shards.map(({ database }) => database);
  await inEach(databases, async (txs) => {
    for (const [at, { shard, record }] of shards.entries()) {
      const before = kept?.shards.find((each) => each.shard === shard);
      const changed = changedOf.get(shard) ?? [];
      if (done === "assigned" && before?.saved !== undefined)
        await updateMembers(txs[at]!, record, before.saved, changed, before.gone);
      else await saveClustering(txs[at]!, record, { ...run, name, members: changed }, before?.saved);
    }
  });
}
