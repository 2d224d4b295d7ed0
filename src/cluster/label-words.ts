import { saysWhat } from "../text/stop-words.ts";

/** A word that a cluster has more of than the others. */
export interface ClusterWord {
  readonly word: string;
  /**
   * Class TF-IDF: the share of the cluster's words that it is, times how rare it is in all. Comparable within a
   * cluster.
   */
  readonly score: number;
}

/**
 * The words that say what each cluster is about: largest class TF-IDF first. It is tf · ln(1 + A / f), with tf the
 * word's share of the words in the cluster, f its rows in all clusters, and A the mean number of words of a cluster.
 * Stop words, digits and single characters are left out, and words that only one of many rows has.
 * @param labels clusters of the rows, 0 to K - 1; negative: none
 * @param words of each row its distinct words, with a blank between them
 *
 * Cost: one look at every word. Source: Grootendorst 2022, BERTopic, section 3.3 (c-TF-IDF).
 */
export function labelWords(labels: Int32Array, k: number, words: readonly string[], count = 8): ClusterWord[][] {
  const frequencies = new Map<string, number>();
  const ofCluster = Array.from({ length: k }, () => new Map<string, number>());
  const totals = new Float64Array(k);
  const sizes = new Int32Array(k);
  words.forEach((text, row) => {
    const label = labels[row]!;
    if (label < 0) return;
    sizes[label]! += 1;
    for (const word of text.split(" ")) {
      if (!saysWhat(word)) continue;
      frequencies.set(word, (frequencies.get(word) ?? 0) + 1);
      ofCluster[label]!.set(word, (ofCluster[label]!.get(word) ?? 0) + 1);
      totals[label]! += 1;
    }
  });
  const perCluster = totals.reduce((sum, total) => sum + total, 0) / k;
  return ofCluster.map((found, cluster) =>
    [...found]
      .filter(([, rows]) => rows > 1 || sizes[cluster]! < 10)
      .map(([word, rows]) => {
        const rarity = Math.log(1 + perCluster / frequencies.get(word)!);
        return { word, score: (rows / totals[cluster]!) * rarity };
      })
      .sort((a, b) => b.score - a.score || (a.word < b.word ? -1 : 1))
      .slice(0, count),
  );
}
