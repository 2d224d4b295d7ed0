import type { Matrix } from "../vector/matrix.ts";
import { rowsOf, type MatrixProduct } from "../vector/product.ts";

const BLOCK_ROWS = 512;

/**
 * Groups rows that mean the same, the largest group first. The row with the most near rows leads the first group, which
 * takes all of them; then the others follow. A row without a vector (NaN) is a group of its own.
 *
 * Source: `community_detection` of sentence-transformers. Costs 2 N² D operations.
 * @param vectors N x D, rows of unit length or of NaN
 * @param threshold cosine from which two rows mean the same, in [-1, 1]
 * @returns rows of each group, its leader first; the largest group first
 */
export async function groupByMeaning(vectors: Matrix, threshold: number, multiply: MatrixProduct): Promise<number[][]> {
  const near: number[][] = [];
  for (let start = 0; start < vectors.rows; start += BLOCK_ROWS) {
    const block = rowsOf(vectors, start, Math.min(vectors.rows, start + BLOCK_ROWS));
    const similarities = await multiply(block, vectors);
    for (let row = 0; row < block.rows; row++) {
      const found: number[] = [];
      for (let other = 0; other < vectors.rows; other++) {
        if (similarities[row * vectors.rows + other]! >= threshold) found.push(other);
      }
      near.push(found);
    }
  }
  const taken = new Set<number>();
  const groups: number[][] = [];
  for (const leader of [...near.keys()].sort((a, b) => near[b]!.length - near[a]!.length || a - b)) {
    if (taken.has(leader)) continue;
    const group = [leader, ...near[leader]!.filter((row) => row !== leader && !taken.has(row))];
    for (const row of group) taken.add(row);
    groups.push(group);
  }
  return groups.sort((a, b) => b.length - a.length || a[0]! - b[0]!);
}
