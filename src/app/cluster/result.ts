import type { ClusterWord } from "../../cluster/label-words.ts";
import type { StoredCluster, StoredMember } from "../../db/results/clustering.ts";
import type { Key } from "../../db/index-record.ts";
import { keyId } from "../../db/statement/key.ts";

/** A typical row of a cluster. */
export interface Representative {
  readonly key: Key;
  readonly text: string;
  /** Cosine with the centroid. */
  readonly similarity: number;
}

/** Rows that mean something alike. */
export interface Cluster {
  /** Stays the same in a clustering that is saved. */
  readonly id: number;
  /** The name given to it, or its first words. */
  readonly label: string;
  /** Whether the name was given, not derived. */
  readonly isNamed: boolean;
  /** Words that it has more often than the other clusters, the most telling first. They are of the last fit. */
  readonly words: readonly ClusterWord[];
  /** Rows. */
  readonly size: number;
  /** Mean cosine of its rows with the centroid, in [-1, 1]: larger is tighter. */
  readonly cohesion: number;
  /** How well it is set off from the others, in [-1, 1]; from when it was fitted. */
  readonly silhouette: number;
  /** The rows nearest to the centroid, no two with the same text. */
  readonly representatives: readonly Representative[];
  /** Direction of the cluster, D numbers of unit length. */
  readonly centroid: readonly number[];
}

/** A row and its cluster. */
export interface ClusterMember {
  readonly key: Key;
  /** Id of its cluster; null: it is less similar to every centroid than the cut. */
  readonly cluster: number | null;
  /** Cosine with the nearest centroid. */
  readonly similarity: number;
}

const REPRESENTATIVES = 3;
/** Rows to choose them from: some may have the same text. */
const CANDIDATES = 12;
const LABEL_WORDS = 3;

/**
 * Sizes, cohesion and representatives of clusters as their rows are now; the largest first.
 *
 * @param readTexts the texts of rows, by `keyId`
 */
export async function describeClusters(
  clusters: readonly StoredCluster[],
  members: readonly StoredMember[],
  readTexts: (keys: readonly Key[]) => Promise<ReadonlyMap<string, string>>,
): Promise<Cluster[]> {
  const rowsOf = new Map<number, StoredMember[]>(clusters.map(({ id }) => [id, []]));
  for (const member of members) if (member.cluster !== null) rowsOf.get(member.cluster)?.push(member);
  const nearest = new Map<number, StoredMember[]>();
  for (const [id, rows] of rowsOf) {
    nearest.set(id, rows.toSorted((a, b) => b.similarity - a.similarity).slice(0, CANDIDATES));
  }
  const keys = [...nearest.values()].flat().map(({ key }) => key);
  const texts = await readTexts(keys);
  const described = clusters.map(({ id, name, words, silhouette, centroids }) => {
    const rows = rowsOf.get(id)!;
    const representatives = new Map<string, Representative>();
    for (const { key, similarity } of nearest.get(id)!) {
      const text = texts.get(keyId(key));
      if (text === undefined || representatives.has(text) || representatives.size === REPRESENTATIVES) continue;
      representatives.set(text, { key, text, similarity });
    }
    const shown = [...representatives.values()];
    const ofWords = words.slice(0, LABEL_WORDS).map(({ word }) => word);
    return {
      id,
      label: name ?? (ofWords.length > 0 ? ofWords.join("、") : (shown[0]?.text ?? String(id))),
      isNamed: name !== null,
      words,
      size: rows.length,
      cohesion: rows.reduce((sum, row) => sum + row.similarity, 0) / Math.max(rows.length, 1),
      silhouette,
      representatives: shown,
      centroid: direction(centroids),
    };
  });
  return described.sort((a, b) => b.size - a.size || a.id - b.id);
}

/** The sum of vectors at unit length. */
function direction(vectors: readonly Float32Array[]): number[] {
  if (vectors.length === 1) return Array.from(vectors[0]!);
  const sum = vectors.reduce((total, vector) => total.map((value, at) => value + vector[at]!));
  const length = Math.hypot(...sum);
  return Array.from(sum, (value) => value / (length || 1));
}
