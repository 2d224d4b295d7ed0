import { LtdError } from "../../errors.ts";
import type { Queryable } from "../database.ts";
import type { IndexRecord, Key } from "../index-record.ts";
import { entryKeyNames, keyArray, keyId } from "../statement/key.ts";
import { type SqlText, sqlText } from "../statement/sql-text.ts";
import { isName } from "../statement/name.ts";
import { statement } from "../statement/statement.ts";
import { entryRows, guardEntryRows } from "../entries/vector-column.ts";

/**
 * A clustering that is kept, as `ltd.cluster_set` holds it. What its settings and its fit are is the writer's business.
 */
export interface ClusteringRecord<Settings = unknown, Fit = unknown> {
  readonly id: number;
  readonly name: string;
  /** The model of the vectors that the centroids are of. */
  readonly modelId: string;
  readonly modelChecksum: string;
  readonly settings: Settings;
  readonly fit: Fit;
  /** The number that the next new cluster gets. */
  readonly nextCluster: number;
  /** Counts the runs. */
  readonly version: number;
  readonly fittedAt: Date;
  readonly assignedAt: Date;
}

/** A cluster that is kept. */
export interface StoredCluster {
  readonly id: number;
  /** Given by a user. */
  readonly name: string | null;
  readonly words: readonly { readonly word: string; readonly score: number }[];
  readonly silhouette: number;
  /** One, or several of a cluster that was merged; unit length. */
  readonly centroids: readonly Float32Array[];
}

/** A row of a clustering. */
export interface StoredMember {
  readonly key: Key;
  /** Id of its cluster; null: too far from every centroid. */
  readonly cluster: number | null;
  /** Cosine with the nearest centroid. */
  readonly similarity: number;
  /** Of its entry when it was assigned, in hexadecimal digits. */
  readonly hash: string;
}

/** What {@link saveClustering} writes. */
export interface NewClustering<Settings, Fit> {
  readonly name: string;
  readonly settings: Settings;
  readonly fit: Fit;
  readonly nextCluster: number;
  readonly clusters: readonly StoredCluster[];
  readonly members: readonly StoredMember[];
}

const CHUNK_ROWS = 10_000;

/** The clusterings of an index, by name. */
export function listClusterings<Settings, Fit>(
  database: Queryable,
  indexName: string,
  name: string | null = null,
): Promise<ClusteringRecord<Settings, Fit>[]> {
  return database.query<ClusteringRecord<Settings, Fit>>(statement("results/list-clusterings"), [indexName, name]);
}

/** The clustering of this name. Throws LtdError("index") that names those there are. */
export async function getClustering<Settings, Fit>(
  database: Queryable,
  indexName: string,
  name: string,
): Promise<ClusteringRecord<Settings, Fit>> {
  const [found] = await listClusterings<Settings, Fit>(database, indexName, name);
  if (found !== undefined) return found;
  const names = (await listClusterings(database, indexName)).map((clustering) => clustering.name);
  throw new LtdError("index", `the index "${indexName}" has no clustering ${JSON.stringify(name)}`, {
    hint:
      names.length === 0
        ? `create one: ltd-index cluster ${indexName} --save ${isName(name) ? name : "topics"}`
        : `its clusterings are: ${names.join(", ")}`,
  });
}

/** The clusters of a clustering, by id. */
export async function listClusters(
  database: Queryable,
  { id }: Pick<ClusteringRecord, "id">,
): Promise<StoredCluster[]> {
  const rows = await database.query<Omit<StoredCluster, "centroids"> & { centroid: number[] }>(
    statement("results/list-clusters"),
    [id],
  );
  const found = new Map<number, StoredCluster & { centroids: Float32Array[] }>();
  for (const { centroid, ...cluster } of rows) {
    const known = found.get(cluster.id) ?? { ...cluster, centroids: [] };
    known.centroids.push(Float32Array.from(centroid));
    found.set(cluster.id, known);
  }
  return [...found.values()].sort((a, b) => a.id - b.id);
}

/** The rows of a clustering, some 100 bytes each. */
export function listMembers(database: Queryable, { id }: Pick<ClusteringRecord, "id">): Promise<StoredMember[]> {
  return database.query<StoredMember>(statement("results/list-cluster-members"), [id]);
}

/** That an entry `e` is new to a clustering, or another than when it was assigned. */
export function isUnassigned(index: IndexRecord, { id }: Pick<ClusteringRecord, "id">): SqlText {
  const key = keyArray(sqlText`e`, entryKeyNames(index.key), index.key);
  return sqlText`not exists (
    select from ltd.cluster_member m where m.set_id = ${id} and m.key = ${key} collate "C" and m.content_hash = e.content_hash
  )`;
}

/** The rows of a clustering that have no vector any more. */
export async function listGone(
  database: Queryable,
  index: IndexRecord,
  { id }: Pick<ClusteringRecord, "id">,
): Promise<Key[]> {
  await guardEntryRows(database, index);
  const key = keyArray(sqlText`e`, entryKeyNames(index.key), index.key);
  const rows = await database.query<{ key: Key }>(
    statement("results/list-gone-members", { entries: entryRows(index), key }),
    [id],
  );
  return rows.map((row) => row.key);
}

/**
 * Writes a clustering, in the place of `before` where there is one. Run it in a transaction.
 *
 * Throws LtdError("locked") when another run has changed it in between.
 */
export async function saveClustering<Settings, Fit>(
  tx: Queryable,
  index: IndexRecord,
  clustering: NewClustering<Settings, Fit>,
  before: ClusteringRecord | undefined,
): Promise<void> {
  const { name, settings, fit, nextCluster, clusters, members } = clustering;
  const [saved] = await tx.query<{ id: number }>(statement("results/save-clustering"), [
    index.name,
    name,
    index.modelId,
    index.modelChecksum,
    JSON.stringify(settings),
    JSON.stringify(fit),
    nextCluster,
    before?.version ?? null,
  ]);
  if (saved === undefined) throw changedMeanwhile(index, name);
  await tx.query(statement("results/add-clusters"), [
    saved.id,
    clusters.map((cluster) => cluster.id),
    clusters.map((cluster) => cluster.name),
    clusters.map((cluster) => JSON.stringify(cluster.words)),
    clusters.map((cluster) => cluster.silhouette),
  ]);
  const centroids = clusters.flatMap((cluster) => cluster.centroids.map((centroid) => ({ id: cluster.id, centroid })));
  await tx.query(statement("results/add-centroids"), [
    saved.id,
    centroids.map((centroid) => centroid.id),
    centroids.map((one) => `{${one.centroid.join(",")}}`),
  ]);
  await putMembers(tx, saved.id, members);
}

/**
 * Writes rows that were assigned and forgets those that are gone. Run it in a transaction.
 *
 * Throws LtdError("locked") when another run has changed the clustering in between.
 */
export async function updateMembers(
  tx: Queryable,
  index: IndexRecord,
  clustering: ClusteringRecord,
  changed: readonly StoredMember[],
  gone: readonly Key[],
): Promise<void> {
  await countRun(tx, index, clustering);
  await putMembers(tx, clustering.id, changed);
  if (gone.length > 0) await tx.query(statement("results/forget-cluster-members"), [clustering.id, gone.map(keyId)]);
}

/**
 * Locks a clustering against concurrent changes. Throws LtdError("locked") when another session has changed it since it
 * was read.
 */
export async function countRun(
  tx: Queryable,
  index: Pick<IndexRecord, "name">,
  { id, name, version }: ClusteringRecord,
): Promise<void> {
  const counted = await tx.query(statement("results/count-clustering-run"), [id, version]);
  if (counted.length === 0) throw changedMeanwhile(index, name);
}

async function putMembers(tx: Queryable, setId: number, members: readonly StoredMember[]): Promise<void> {
  for (let start = 0; start < members.length; start += CHUNK_ROWS) {
    const some = members.slice(start, start + CHUNK_ROWS);
    await tx.query(statement("results/put-cluster-members"), [
      setId,
      some.map(({ key }) => keyId(key)),
      some.map(({ cluster }) => cluster),
      some.map(({ similarity }) => similarity),
      some.map(({ hash }) => hash),
    ]);
  }
}

/** Gives a cluster a name; null: it is called by its words again. */
export async function setClusterName(
  tx: Queryable,
  { id }: Pick<ClusteringRecord, "id">,
  cluster: number,
  name: string | null,
): Promise<void> {
  await tx.query(statement("results/rename-cluster"), [id, cluster, name]);
}

/** Moves everything of the clusters `others` to `into`, and deletes them. Run it in a transaction. */
export async function joinClusters(
  tx: Queryable,
  { id }: Pick<ClusteringRecord, "id">,
  into: Pick<StoredCluster, "id" | "words" | "silhouette">,
  others: readonly number[],
): Promise<void> {
  const words = JSON.stringify(into.words);
  await tx.query(statement("results/merge-clusters"), [id, into.id, others, words, into.silhouette]);
  await tx.query(statement("results/delete-clusters"), [id, others]);
}

/** Forgets a clustering of an index, or all of them. */
export async function dropClusterings(tx: Queryable, indexName: string, name: string | null = null): Promise<void> {
  await tx.query(statement("results/drop-clusterings"), [indexName, name]);
}

function changedMeanwhile(index: Pick<IndexRecord, "name">, name: string): LtdError {
  return new LtdError("locked", `another run has changed the clustering ${name} of ${index.name} in between`, {
    hint: `run it again: ltd-index cluster ${index.name} --save ${name}`,
  });
}
