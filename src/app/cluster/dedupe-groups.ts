import type { Near } from "../../cluster/duplicates.ts";
import type { Key } from "../../db/index-record.ts";
import { differences, type Difference } from "../../judge/chance/difference.ts";
import type { Judge } from "../../judge/chance/judge.ts";
import { groupBy } from "../../group-by.ts";
import { readText, type Reading } from "../../judge/chance/reading.ts";

/** A row of a group. */
export interface DuplicateRow {
  readonly key: Key;
  readonly text: string;
  /** Cosine with the survivor; 1 for the survivor. */
  readonly similarity: number;
}

/** A row and its duplicates. */
export interface DuplicateGroup {
  readonly survivor: DuplicateRow;
  /** Why this one survives, in a few words. */
  readonly reason: string;
  /** The nearest first: each at least as similar to the survivor as the threshold. */
  readonly duplicates: readonly DuplicateRow[];
}

/** Two rows that are as near as duplicates, but say something differently. */
export interface HeldPair {
  readonly row: DuplicateRow;
  readonly survivor: DuplicateRow;
  /** What they say differently: `number: 4090, 4060`. */
  readonly reasons: readonly string[];
}

/** The groups, the largest first, each with its duplicates, the nearest first. */
export function groupBySurvivor(
  found: readonly Near[],
  rowAt: (at: number, similarity: number) => DuplicateRow,
  reason: string,
): DuplicateGroup[] {
  return [...groupBy(found, ({ survivor }) => survivor)]
    .sort(([a, x], [b, y]) => y.length - x.length || a - b)
    .map(([survivor, duplicates]) => ({
      survivor: rowAt(survivor, 1),
      reason,
      duplicates: duplicates
        .map(({ row, similarity }) => rowAt(row, similarity))
        .sort((a, b) => b.similarity - a.similarity),
    }));
}

/** A pair that was held back, with what its texts say differently. */
export function toHeld(
  { row, survivor, similarity }: Near,
  rowAt: (at: number, similarity: number) => DuplicateRow,
  differs: ((at: number, survivor: number) => Difference[]) | undefined,
): HeldPair {
  const reasons = (differs?.(row, survivor) ?? []).map(
    ({ kind, question, row: said }) => `${kind}: ${question}, ${said}`,
  );
  return { row: rowAt(row, similarity), survivor: rowAt(survivor, 1), reasons };
}

/** What the texts of two rows say differently; a text is read once. */
export function differencesBetween(textAt: (at: number) => string, { knowledge }: Judge) {
  const readings = new Map<number, Reading>();
  const read = (at: number): Reading => {
    if (!readings.has(at)) readings.set(at, readText(textAt(at), knowledge));
    return readings.get(at)!;
  };
  return (at: number, survivor: number): Difference[] =>
    textAt(at) === textAt(survivor) ? [] : differences(read(at), read(survivor));
}
