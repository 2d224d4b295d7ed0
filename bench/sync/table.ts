import { machineLine, type Machine } from "../shared/machine.ts";
import { bytes, counted, digits, number, table } from "../shared/markdown.ts";
import type { Shipped } from "./shipped.ts";
import type { Summary } from "./summary.ts";

/** What a run found: the document that `--json` prints. */
export interface SyncReport extends Summary {
  machine: Machine;
  settings: { rows: number; characters: number | null; threads: number; rounds: number; batchSize: number };
  model: { id: string; checksum: string };
  shipped: Shipped;
}

const NAMES: Record<string, string> = {
  "sync-embedded": "`sync`, embedded database",
  "sync-server": "`sync`, PostgreSQL server",
  student: "student, text to vector",
  "student-model": "student, without segmentation",
  teacher: "teacher, text to vector",
  "teacher-model": "teacher, without tokenisation",
};

/** The report as Markdown tables. */
export function toMarkdown({ machine, settings, model, speeds, ratios, steps, cosines, shipped }: SyncReport): string {
  const { rows, characters, threads, rounds, batchSize } = settings;
  const cosine = Object.entries(cosines).map(
    ([name, { paraphrase, unrelated }]) => `${name} ${paraphrase.toFixed(2)} and ${unrelated.toFixed(2)}`,
  );
  const parts = [
    `${counted(rows, "row")}${characters === null ? "" : ` of ${counted(characters, "character")}`}, ${counted(threads, "thread")}, batches of ${batchSize}, ` +
      `medians of ${counted(rounds, "round")}; ${model.id} (${model.checksum.slice(0, 12)}).\n` +
      machineLine(machine),
    table(
      ["system", "rows/s", "CPU ms/row", "1 question p50", "p95", "start", "peak memory"],
      Object.entries(speeds).map(([name, { rowsPerSecond, cpuMsPerRow, question, startSeconds, peakMiB }]) => [
        NAMES[name] ?? name,
        number(rowsPerSecond),
        digits(cpuMsPerRow),
        ...(question === undefined ? ["", ""] : [`${digits(question.p50Ms)} ms`, `${digits(question.p95Ms)} ms`]),
        startSeconds === undefined ? "" : `${digits(startSeconds)} s`,
        `${number(peakMiB)} MiB`,
      ]),
    ),
    table(
      ["rows/s of … / of …", "ratio", "rounds", "by CPU time"],
      Object.entries(ratios).map(([name, { median, min, max, byCpu }]) => [
        name,
        digits(median),
        `${digits(min)} to ${digits(max)}`,
        digits(byCpu),
      ]),
    ),
    stepTable(steps),
    "One question: text to vector; of `sync`, all of `match`: text to the five nearest rows. Peak memory: of the process that does it, " +
      "with the embedded database in it, and without a server.\n",
    `Cosine of a paraphrase and of another question: ${cosine.join("; ")}.\n`,
    table(
      ["shipped", "size"],
      [
        ...Object.entries(shipped.top).sort(([, a], [, b]) => b - a),
        ...Object.entries(shipped.models).sort(([, a], [, b]) => b - a),
        ["all, unpacked", shipped.unpacked] as const,
        ["all, as npm downloads it", shipped.packed] as const,
      ].map(([name, size]) => [name, bytes(size)]),
    ),
  ];
  return parts.join("\n");
}

function stepTable(steps: SyncReport["steps"]): string {
  return table(
    [
      "from empty to done",
      "init",
      "add",
      "start",
      "embed and write",
      "index builds",
      "check of thresholds",
      "together",
      "peak memory of init",
    ],
    Object.entries(steps).map(([name, { init, add, start, embed, build, check, total, preparePeakMiB }]) => [
      NAMES[name] ?? name,
      ...[init, add, start, embed, build, check, total].map((seconds) => `${digits(seconds)} s`),
      `${number(preparePeakMiB)} MiB`,
    ]),
  );
}
