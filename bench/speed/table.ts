import type { Profile } from "./profile.ts";
import type { TextKind } from "../shared/workload.ts";
import { machineLine, type Machine } from "../shared/machine.ts";
import { bytes, counted, digits, number, table } from "../shared/markdown.ts";
import type { SpeedRatio, SpeedRow, SystemInfo } from "./summary.ts";

/** What a run found: the document that `--json` prints. */
export interface SpeedReport {
  machine: Machine;
  settings: { texts: number; threads: number[]; batch: number[]; rounds: number; seconds: number };
  /** Mean characters of the texts of each kind. */
  meanCharacters: Partial<Record<TextKind, number>>;
  systems: SystemInfo[];
  rows: SpeedRow[];
  ratios: SpeedRatio[];
  profiles: { student: string; texts: TextKind; batch: number; steps: Profile }[];
}

const micro = (seconds: number): string => number(seconds * 1e6, 1);

/** The report as Markdown tables. */
export function toMarkdown(report: SpeedReport): string {
  const { machine, settings, meanCharacters } = report;
  const lengths = Object.entries(meanCharacters).map(([kind, mean]) => `${kind} ${mean.toFixed(1)}`);
  const parts = [
    `${counted(settings.texts, "text")} of each kind, mean characters: ${lengths.join(", ")}; ` +
      `medians of ${counted(settings.rounds, "round")}, systems in turn.\n${machineLine(machine)}`,
  ];
  if (report.rows.length > 0) parts.push(speeds(report), ratios(report), ...NOTES);
  for (const { student, texts, batch, steps } of report.profiles) {
    const alone = (Object.keys(steps) as (keyof Profile)[]).filter((step) => step !== "embed");
    const sum = (unit: "seconds" | "cpuSeconds") => alone.reduce((total, step) => total + steps[step][unit], 0);
    const rows = alone.map((step) => [step, micro(steps[step].cpuSeconds), micro(steps[step].seconds)]);
    rows.push(["sum", micro(sum("cpuSeconds")), micro(sum("seconds"))]);
    rows.push(["embed, the whole way", micro(steps.embed.cpuSeconds), micro(steps.embed.seconds)]);
    parts.push(table([`${student}, ${texts}, batch ${batch}: one text`, "CPU µs", "µs"], rows));
  }
  return parts.join("\n");
}

function speeds({ rows }: SpeedReport): string {
  return table(
    [
      "system",
      "texts",
      "threads",
      "batch",
      "texts/s",
      "ms/text",
      "CPU ms/text",
      "ms/text without segmentation",
      "model",
      "peak memory",
    ],
    rows
      .filter((row) => row.segmentation)
      .map((row) => [
        row.system,
        row.texts,
        String(row.threads),
        String(row.batch),
        digits(row.textsPerSecond),
        number(row.msPerText, 3),
        number(row.cpuMsPerText, 3),
        number(rows[rows.indexOf(row) + 1]!.msPerText, 3),
        bytes(row.bytes),
        `${number(row.peakMemory / 2 ** 20)} MiB`,
      ]),
  );
}

function ratios(report: SpeedReport): string {
  return table(
    [
      "texts/s of … / of …",
      "texts",
      "threads",
      "batch",
      "ratio",
      "rounds",
      "by CPU time",
      "without segmentation",
      "by CPU time",
    ],
    report.ratios
      .filter((each) => each.segmentation)
      .map((each) => {
        const without = report.ratios.find(
          (other) =>
            !other.segmentation &&
            other.student === each.student &&
            other.system === each.system &&
            other.texts === each.texts &&
            other.threads === each.threads &&
            other.batch === each.batch,
        )!;
        return [
          `${each.student} / ${each.system}`,
          each.texts,
          String(each.threads),
          String(each.batch),
          digits(each.median),
          `${digits(each.min)} to ${digits(each.max)}`,
          digits(each.byCpu),
          digits(without.median),
          digits(without.byCpu),
        ];
      }),
  );
}

const NOTES = [
  "String to vector: segmentation of the student and tokenising of the BERTs are in the time. One thread: one batch after the other, and " +
    "nothing of it overlaps. All threads: as many texts under way as a system likes. CPU time counts all threads of the process, also those " +
    "that collect garbage or spin. Without segmentation: from encoded input to vector.\n",
];
