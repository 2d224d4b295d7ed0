import type { ScaleMeasurement } from "./scale.ts";
import { machineLine, type Machine } from "../shared/machine.ts";
import { counted, digits, number, table } from "../shared/markdown.ts";

/** What a run on many rows found: the document that `--json` prints. */
export interface ScaleReport extends ScaleMeasurement {
  machine: Machine;
  settings: { rows: number; threads: number; workers: readonly number[]; batchSize: number };
  model: { id: string; checksum: string };
  /** Rows a second of the backfill, of what the student alone does on the same texts, cores and batch. */
  share: { rowsPerSecond: number; studentPerSecond: number; byTime: number; byCpu: number };
}

/** The backfill beside the student that was measured before and after it. */
export function shareOf({ backfill, student }: ScaleMeasurement): ScaleReport["share"] {
  const texts = student.reduce((sum, each) => sum + each.texts, 0);
  const seconds = student.reduce((sum, each) => sum + each.run.seconds, 0);
  const cpuSeconds = student.reduce((sum, each) => sum + each.run.cpuSeconds, 0);
  const rowsPerSecond = backfill.rows / backfill.embed.seconds;
  return {
    rowsPerSecond,
    studentPerSecond: texts / seconds,
    byTime: rowsPerSecond / (texts / seconds),
    byCpu: cpuSeconds / texts / (backfill.embed.cpuSeconds / backfill.rows),
  };
}

const GOALS = { mapped: "x 1.2", unmapped: "x 1.02" };
const times = (ratio: number): string => `x ${ratio.toFixed(2)}`;

/** The report as Markdown tables. */
export function toScaleMarkdown(report: ScaleReport): string {
  const { machine, settings, model, share, backfill, idleSeconds, writer, workers, student } = report;
  const { build } = backfill;
  return [
    `${counted(settings.rows, "row")}, ${counted(settings.threads, "thread")}, batches of ${settings.batchSize}; ` +
      `${model.id} (${model.checksum.slice(0, 12)}).\n${machineLine(machine)}`,
    table(
      ["", "measured", "goal"],
      [
        ["backfill, rows/s", number(share.rowsPerSecond), ""],
        ["student alone, texts/s", number(share.studentPerSecond), ""],
        ["share of the student's rate", digits(share.byTime), "0.85"],
        ["the same by CPU time of the process", digits(share.byCpu), ""],
        ["peak memory of the worker", `${number(backfill.peakMiB)} MiB`, "700 MB"],
        ["peak memory of the student alone", `${number(Math.max(...student.map((each) => each.peakMiB)))} MiB`, ""],
        ...backfill.memory
          .filter((_, at) => at % 3 === 0)
          .map(({ rows, mib }) => [`memory after ${number(rows)} rows`, `${number(mib)} MiB`, "flat"]),
        [
          "HNSW index",
          build
            ? `${digits(build.seconds)} s, ${build.memory}, ${counted(build.workers + 1, "process")}`
            : "not built here",
          "",
        ],
        ["`sync` with nothing to do", `${digits(idleSeconds.median)} s`, "1 s"],
        ...(["mapped", "unmapped"] as const).flatMap((kind) => [
          [`update of ${number(writer.statementRows)} rows, ${kind}`, times(writer[kind].indexed), GOALS[kind]],
          ["… a trigger that sees all rows, and does nothing", times(writer[kind].floor), ""],
          ["… one of each row whose text differs, that does nothing", times(writer[kind].called), ""],
        ]),
        ...workers.map((each) => [counted(each.workers, "worker"), `${number(each.rowsPerSecond)} rows/s`, ""]),
      ],
    ),
  ].join("\n");
}
