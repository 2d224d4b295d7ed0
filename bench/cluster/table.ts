import type { ContestRow } from "../cluster/contest.ts";
import type { DuplicateReport } from "../cluster/duplicates.ts";
import { machineLine, type Machine } from "../shared/machine.ts";
import { digits, number, table } from "../shared/markdown.ts";

/** All that bench/cluster/run.ts measures. */
export interface ClusterReport {
  machine: Machine;
  contests: { name: string; rows: number; k: number; systems: ContestRow[] }[];
  pairs: { name: string; threshold: number; pairs: number; same: number }[];
  duplicates: DuplicateReport;
}

/** The tables of a report. */
export function toMarkdown({ machine, contests, pairs, duplicates }: ClusterReport): string {
  const parts = contests.map(({ name, rows, k, systems }) => {
    const peer = systems.find(({ system }) => system.startsWith("scikit"));
    const head = ["", "seconds", "CPU seconds", "inertia", ...(systems[0]!.vMeasure === null ? [] : ["V-measure"])];
    if (peer) head.push("times as fast");
    const lines = systems.map((each) => [
      each.system,
      digits(each.seconds),
      digits(each.cpuSeconds),
      number(each.inertia, 1),
      ...(each.vMeasure === null ? [] : [each.vMeasure.toFixed(3)]),
      ...(peer ? [digits(peer.seconds / each.seconds)] : []),
    ]);
    return `${name}, ${number(rows)} x 512, k = ${k}:\n\n${table(head, lines)}`;
  });
  if (pairs.length > 0) {
    const lines = pairs.map((each) => [
      each.name,
      number(each.pairs),
      `${number((100 * each.same) / each.pairs, 1)} %`,
    ]);
    parts.push(
      `Labelled pairs from a similarity of ${pairs[0]!.threshold} on:\n\n${table(["", "pairs", "mean the same"], lines)}`,
    );
  }
  const { rows, threshold, exact, hnsw } = duplicates;
  const lines = [["exact", digits(exact.seconds), digits(exact.cpuSeconds), ""]];
  if (hnsw) lines.push(["HNSW", digits(hnsw.seconds), digits(hnsw.cpuSeconds), hnsw.recall.toFixed(4)]);
  const what = `${number(duplicates.duplicates)} duplicates among ${number(rows)} rows, similarity from ${threshold}`;
  parts.push(`${what}:\n\n${table(["", "seconds", "CPU seconds", "recall"], lines)}`);
  return `${parts.join("\n")}\n${machineLine(machine)}`;
}
