import {
  type ClusteringRecord,
  isUnassigned,
  listClusterings,
  listClusters,
  listGone,
  listMembers,
  type StoredCluster,
  type StoredMember,
} from "../../db/results/clustering.ts";
import type { Database } from "../../db/database.ts";
import type { IndexRecord, Key } from "../../db/index-record.ts";
import { getIndex } from "../../db/indexes/find-index.ts";
import { inSnapshot } from "../../db/connect/snapshot.ts";
import { requireUnchanged } from "../../db/source/source-error.ts";
import { readVectors, type VectorRows } from "../../db/entries/vectors.ts";
import { LtdError } from "../../errors.ts";
import { readBehind, type Behind } from "../behind.ts";
import { noVectors } from "../askable.ts";
import type { ClusterFit, ClusterOptions, ClusterSettings } from "./settings.ts";

/** A clustering that is kept. */
export type SavedClustering = ClusteringRecord<ClusterSettings, ClusterFit>;

interface Read {
  readonly index: IndexRecord;
  readonly behind: Behind;
  /** What is saved of the clusters: none, where there is nothing to be followed. */
  readonly clusters: readonly StoredCluster[];
  readonly members: readonly StoredMember[];
  /** Rows that the clustering has and the index no longer. */
  readonly gone: readonly Key[];
}

/** Rows that are to be given to clusters that there are. */
export interface ReadToAssign extends Read {
  readonly done: "assigned";
  readonly refit: null;
  readonly saved: SavedClustering;
  /** Those that are new or changed. */
  readonly rows: VectorRows;
}

/** Rows that are to be clustered. */
export interface ReadToFit extends Read {
  readonly done: "fitted";
  readonly refit: "asked" | "model" | null;
  readonly saved: SavedClustering | undefined;
  /** All rows that have a vector. */
  readonly rows: VectorRows;
}

/** Reads what a run of `cluster` needs, as of one moment, and decides whether rows are only assigned. */
export function readClustered(
  database: Database,
  name: string,
  options: ClusterOptions,
): Promise<ReadToAssign | ReadToFit> {
  return inSnapshot(database, async (tx) => {
    const index = await getIndex(tx, name);
    requireUnchanged(index);
    const behind = await readBehind(tx, index);
    const [saved] =
      options.save === undefined ? [] : await listClusterings<ClusterSettings, ClusterFit>(tx, name, options.save);
    const refit = saved === undefined ? null : whyRefit(index, saved, options);
    const common = { index, behind };
    const kept = {
      clusters: saved === undefined ? [] : await listClusters(tx, saved),
      members: saved === undefined ? [] : await listMembers(tx, saved),
      gone: saved === undefined ? [] : await listGone(tx, index, saved),
    };
    if (saved !== undefined && refit === null) {
      requireSameSettings(index, saved, options);
      const rows = await readVectors(tx, index, { hashes: true, condition: isUnassigned(index, saved) });
      return { ...common, ...kept, done: "assigned", refit, saved, rows };
    }
    const rows = await readVectors(tx, index, { words: true, hashes: true });
    requireRows(index, rows.keys.length, behind, options.k ?? saved?.settings.k);
    return { ...common, ...kept, done: "fitted", refit, saved, rows };
  });
}

export function whyRefit(
  index: Pick<IndexRecord, "modelId" | "modelChecksum">,
  saved: SavedClustering,
  { refit }: ClusterOptions,
): "asked" | "model" | null {
  if (refit) return "asked";
  return saved.modelId === index.modelId && saved.modelChecksum === index.modelChecksum ? null : "model";
}

/** Throws LtdError("usage") for settings that only a new fit could follow. */
export function requireSameSettings(
  index: Pick<IndexRecord, "name">,
  { name, settings }: SavedClustering,
  options: ClusterOptions,
): void {
  for (const setting of ["k", "seed", "starts", "method", "cut"] as const) {
    const wanted = options[setting];
    if (wanted === undefined || wanted === settings[setting]) continue;
    const now = settings[setting] ?? "not set";
    throw new LtdError(
      "usage",
      `the clustering ${name} of ${index.name} was made with ${setting} ${now}, not ${wanted}`,
      {
        hint: `cluster it again: ltd-index cluster ${index.name} --save ${name} --refit --${setting} ${wanted}`,
      },
    );
  }
}

/** Throws LtdError "index" where no row has a vector, "usage" where there are fewer rows than clusters. */
export function requireRows(
  index: Pick<IndexRecord, "name">,
  rows: number,
  { pending }: Behind,
  k: number | "auto" = "auto",
): void {
  if (rows === 0) throw noVectors(index, pending);
  if (k !== "auto" && k > rows) {
    throw new LtdError("usage", `k is ${k}, but the index "${index.name}" has only ${rows} rows with a vector`, {
      hint: "give a smaller number, or let it be chosen: --k auto",
    });
  }
}
