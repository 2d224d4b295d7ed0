import type { Random } from "../vector/random.ts";

/**
 * For each of N labels the fold, 0 to `folds` - 1, that it is held out in: each class is spread over all folds as
 * evenly as it can be.
 *
 * @param labels numbers from 0
 */
export function stratifiedFolds(labels: readonly number[], folds: number, random: Random): number[] {
  const byLabel: number[][] = [];
  labels.forEach((label, row) => (byLabel[label] ??= []).push(row));
  const found = labels.map(() => 0);
  let next = 0;
  for (const rows of byLabel) for (const row of random.shuffled(rows ?? [])) found[row] = next++ % folds;
  return found;
}
