/** Least share of common rows for a new cluster to continue an old one. Of the rows that either has. */
const LEAST_SHARE = 0.25;

/**
 * Finds for each new cluster the old one that it continues, by common rows; null if there is none. So names
 * survive when everything is clustered again.
 *
 * New clusters that have most of their rows from one old cluster that was merged of several continue it together. The
 * others are paired one to one, the largest Jaccard index first, down to 0.25.
 * @param before old clusters of the rows, 0 to `oldCount` - 1; negative: none
 * @param after new clusters of the same rows, 0 to `newCount` - 1; negative: none
 * @param merged old clusters that are made of several
 */
export function followClusters(
  before: Int32Array,
  oldCount: number,
  after: Int32Array,
  newCount: number,
  merged: ReadonlySet<number>,
): (number | null)[] {
  const shared = new Int32Array(oldCount * newCount);
  const oldSizes = new Int32Array(oldCount);
  const newSizes = new Int32Array(newCount);
  after.forEach((to, row) => {
    const from = before[row]!;
    if (from < 0 || to < 0) return; // rows that only one of them has say nothing
    shared[from * newCount + to]! += 1;
    oldSizes[from]! += 1;
    newSizes[to]! += 1;
  });
  const continues: (number | null)[] = Array.from({ length: newCount }, () => null);
  const pairs: { from: number; to: number; share: number }[] = [];
  for (let from = 0; from < oldCount; from++) {
    for (let to = 0; to < newCount; to++) {
      const both = shared[from * newCount + to]!;
      if (both === 0) continue;
      if (merged.has(from)) {
        if (2 * both > newSizes[to]!) continues[to] = from;
      } else {
        pairs.push({ from, to, share: both / (oldSizes[from]! + newSizes[to]! - both) });
      }
    }
  }
  const used = new Set<number>();
  for (const { from, to, share } of pairs.sort((a, b) => b.share - a.share || a.from - b.from || a.to - b.to)) {
    if (share < LEAST_SHARE || used.has(from) || continues[to] !== null) continue;
    continues[to] = from;
    used.add(from);
  }
  return continues;
}
