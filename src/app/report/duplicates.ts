import type { ReportDuplicates } from "../../report/report-data.ts";
import type { DedupeOptions } from "../cluster/dedupe.ts";
import type { DuplicateRow } from "../cluster/dedupe-groups.ts";
import type { ReportSource } from "./source.ts";

/** Groups that are listed, pairs that are held back, and rows of each group. */
const GROUPS = 100;
const ROWS = 20;

/** The groups of near-duplicates, the largest listed, and the pairs that are held back. Writes nothing. */
export async function duplicatesFor(
  source: ReportSource,
  options: Pick<DedupeOptions, "threshold" | "threads" | "signal">,
): Promise<ReportDuplicates> {
  const { threshold, duplicates, groups, held } = await source.dedupe(options);
  const shown = ({ key, text }: DuplicateRow) => ({ key, text });
  return {
    threshold,
    groupCount: groups.length,
    rowCount: duplicates,
    groups: groups.slice(0, GROUPS).map((group) => ({
      survivor: shown(group.survivor),
      others: group.duplicates.slice(0, ROWS).map((row) => ({ ...shown(row), similarity: row.similarity })),
      otherCount: group.duplicates.length,
    })),
    heldCount: held.length,
    held: held.slice(0, GROUPS).map(({ row, survivor, reasons }) => ({
      rows: [shown(row), shown(survivor)],
      similarity: row.similarity,
      reasons,
    })),
  };
}
