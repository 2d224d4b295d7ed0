import type { AskMeasurement, AskSystem } from "./measure.ts";
import type { AskSizeMeasurement } from "./size.ts";
import { machineLine, type Machine } from "../shared/machine.ts";
import { bytes, counted, digits, number, table } from "../shared/markdown.ts";
import { median } from "../shared/ratio.ts";

/** One way to ask under one load: medians of the rounds. */
export interface AskSpeed {
  rows: number;
  system: AskSystem;
  clients: number;
  questionsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** As in {@link AskMeasurement}. */
  cpuMs: number | null;
  callerCpuMs: number | null;
  peakMiB: number;
  /** Questions that got no answer, of all rounds. */
  failed: number;
  /** Questions a second, of those of the library with pgvector in the same rounds; null where that was not measured. */
  ofLibrary: number | null;
}

/** What a run found: the document that `--json` prints. */
export interface AskReport {
  machine: Machine;
  settings: { rows: readonly number[]; clients: readonly number[]; seconds: number; rounds: number };
  model: { id: string; checksum: string };
  speeds: AskSpeed[];
  sizes: AskSizeMeasurement[];
}

const perSecond = ({ questions, seconds }: AskMeasurement): number => questions / seconds;

function medianOrNull(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : median(known);
}

/** Medians, and ratios within each round. */
export function speedsOf(sizes: readonly AskSizeMeasurement[]): AskSpeed[] {
  return sizes.flatMap(({ rows, asked }) =>
    asked.map(({ system, clients, rounds }) => {
      const library = asked.find((each) => each.system === "library" && each.clients === clients);
      const ratios = library && rounds.map((each, round) => perSecond(each) / perSecond(library.rounds[round]!));
      return {
        rows,
        system,
        clients,
        questionsPerSecond: median(rounds.map(perSecond)),
        p50Ms: median(rounds.map((each) => each.p50Ms)),
        p99Ms: median(rounds.map((each) => each.p99Ms)),
        cpuMs: medianOrNull(rounds.map((each) => each.cpuMs)),
        callerCpuMs: medianOrNull(rounds.map((each) => each.callerCpuMs)),
        peakMiB: Math.max(...rounds.map((each) => each.peakMiB)),
        failed: rounds.reduce((sum, each) => sum + each.failed, 0),
        ofLibrary: ratios ? median(ratios) : null,
      };
    }),
  );
}

const NAMES: Record<AskSystem, string> = {
  sql: "`ltd.match` in SQL",
  cli: "`ltd-index match`, a process each",
  serve: "`ltd-index serve`, HTTP",
  library: "library, pgvector",
  local: "library, local file",
};

/** CPU a question: of the process that answers, and of the callers where they are another one. */
function cpuOf({ cpuMs, callerCpuMs }: AskSpeed): string {
  if (cpuMs === null) return "";
  return callerCpuMs === null ? `${digits(cpuMs)} ms` : `${digits(cpuMs)} ms, callers ${digits(callerCpuMs)} ms`;
}

/** The report as Markdown tables. */
export function toAskMarkdown({ machine, settings, model, speeds, sizes }: AskReport): string {
  return [
    `${counted(settings.rounds, "round")} of ${settings.seconds} s, medians; ${model.id} (${model.checksum.slice(0, 12)}).\n${machineLine(machine)}`,
    table(
      ["", "entries", "clients", "questions/s", "p50", "p99", "of the library's", "CPU", "failed", "peak memory"],
      speeds.map((each) => [
        NAMES[each.system],
        number(each.rows),
        number(each.clients),
        digits(each.questionsPerSecond),
        `${digits(each.p50Ms)} ms`,
        `${digits(each.p99Ms)} ms`,
        each.ofLibrary === null ? "" : `x ${digits(each.ofLibrary)}`,
        cpuOf(each),
        each.failed === 0 ? "" : number(each.failed),
        ["cli", "serve", "sql"].includes(each.system) ? "" : `${number(each.peakMiB)} MiB`,
      ]),
    ),
    table(
      ["on disk", "entries", "table", "HNSW index"],
      sizes.flatMap(({ rows, disk }) => [
        ["entries of the index", number(rows), bytes(disk.entries.table), bytes(disk.entries.index)],
        [
          "key and `vector` alone",
          number(disk.bare.rows),
          bytes(disk.bare.vector.table),
          bytes(disk.bare.vector.index),
        ],
        [
          "key and `halfvec` alone",
          number(disk.bare.rows),
          bytes(disk.bare.halfvec.table),
          bytes(disk.bare.halfvec.index),
        ],
        ...(disk.local === null ? [] : [["local file, with its graph", number(rows), bytes(disk.local), ""]]),
      ]),
    ),
  ].join("\n");
}
