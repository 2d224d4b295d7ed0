import type { Random } from "../vector/random.ts";

/**
 * The fold that each of N labels is held out in, 0 to `folds` - 1. Each class is spread over the folds as evenly as
 * possible.
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
