import { inSnapshot } from "../../db/connect/snapshot.ts";
import type { Database } from "../../db/database.ts";
import { isInPart, readVectors, type VectorRows } from "../../db/entries/vectors.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import {
  getClustering,
  listClusters,
  listMembers,
  type StoredCluster,
  type StoredMember,
} from "../../db/results/clustering.ts";
import { requireUnchanged } from "../../db/source/source-error.ts";
import { searchableIndex, type Searchable } from "../ask/searchable.ts";
import { cluster, type ClusterResult } from "../cluster/cluster.ts";
import { dedupe, type DedupeOptions, type DedupeResult } from "../cluster/dedupe.ts";
import type { ClusterOptions } from "../cluster/settings.ts";
import type { Generation } from "../live-index.ts";
import { loopReader, type LoopReader } from "../loop/reader.ts";
import { requireAll, searchableFront } from "../shards/ask.ts";
import { clusterShards } from "../shards/cluster.ts";
import { readKept } from "../shards/clustering.ts";
import { dedupeShards } from "../shards/dedupe.ts";
import { allOf, onEachGeneration } from "../shards/each.ts";
import type { Front, FrontState } from "../shards/front.ts";
import { loopOfShards } from "../shards/loop.ts";
import { readShardRows } from "../shards/rows.ts";
import { liveStatus } from "../shards/status.ts";
import { statusOf, type IndexStatus } from "../status.ts";

/** What a report reads: one index, or all shards of a front. */
export interface ReportSource {
  readonly name: string;
  /** Of a front that of its first shard. */
  readonly record: IndexRecord;
  readonly searchable: Searchable;
  readonly loop: LoopReader;
  status(): Promise<IndexStatus>;
  cluster(options: ClusterOptions): Promise<ClusterResult>;
  dedupe(options: DedupeOptions): Promise<DedupeResult>;
  /** A saved clustering. Throws LtdError "index" that names those there are. */
  saved(name: string): Promise<{ clusters: readonly StoredCluster[]; members: readonly StoredMember[] }>;
  /** Keys and vectors of the first of `parts` parts of the rows, in the order of their keys. */
  part(parts: number): Promise<Pick<VectorRows, "keys" | "vectors">>;
}

/** An index of one database. */
export function indexSource(database: Database, generation: Generation): ReportSource {
  const { record } = generation;
  const { name } = record;
  requireUnchanged(record);
  return {
    name,
    record,
    searchable: searchableIndex(database, generation),
    loop: loopReader(database, record),
    status: () => statusOf(database, record),
    cluster: (options) => cluster(database, name, options),
    dedupe: (options) => dedupe(database, name, options),
    saved: async (clustering) => {
      const saved = await getClustering(database, name, clustering);
      return { clusters: await listClusters(database, saved), members: await listMembers(database, saved) };
    },
    part: (parts) => inSnapshot(database, (tx) => readVectors(tx, record, partOf(record, parts))),
  };
}

/** All shards of a front. Its methods throw LtdError "database" where one does not answer. */
export async function frontSource(front: Front, state: FrontState): Promise<ReportSource> {
  const { name, shards } = front;
  const { fingerprint } = state;
  const all = allOf(await onEachGeneration(shards, fingerprint, async (database, record) => ({ database, record })));
  const [{ database, record }] = all as [(typeof all)[number]];
  const of = { name, shards, fingerprint };
  const whole = <Result extends { readonly partial?: readonly string[] }>(result: Result): Result => {
    requireAll(name, result.partial ?? []);
    return result;
  };
  return {
    name,
    record,
    searchable: searchableFront(front, state, { needsAll: true }),
    loop: loopOfShards(name, shards, fingerprint),
    status: () => liveStatus(name, shards, fingerprint),
    cluster: async (options) => whole(await clusterShards(of, options)),
    dedupe: async (options) => whole(await dedupeShards(of, options)),
    saved: async (clustering) => {
      const kept = await readKept(name, shards, fingerprint, clustering);
      if (kept !== undefined) return kept;
      const none = await getClustering(database, record.name, clustering);
      return { clusters: await listClusters(database, none), members: [] };
    },
    part: async (parts) => {
      const { rows, late } = await readShardRows(shards, fingerprint, (shard) => partOf(shard, parts));
      if (late.length > 0) throw late[0]!.error;
      return rows;
    },
  };
}

function partOf(record: IndexRecord, parts: number) {
  return parts > 1 ? { condition: isInPart(record, 0, parts) } : {};
}
