import { changesFor } from "../robustness/changes.ts";
import { number, table } from "../shared/markdown.ts";
import type { Nearness } from "../robustness/cosines.ts";
import type { DriftRow } from "../robustness/drift.ts";
import type { Agreement, LengthRow } from "../robustness/lengths.ts";
import { Random } from "../../src/vector/random.ts";

/** What was found of one system. */
export interface SystemReport {
  id: string;
  /** Characters that it reads of a text. */
  window?: number;
  drifts: DriftRow[];
  lengths: LengthRow[];
  /** With the teacher, where there is one. */
  agreement?: Agreement;
}

/** What a run found: the document that `--json` prints. */
export interface RobustnessReport {
  settings: { questions: number; longTexts: number; seed: number };
  sets: { name: string; questions: number; corpus: number }[];
  systems: Record<string, SystemReport>;
}

/** A text that nearly every change touches. */
const SAMPLE = "2型糖尿病能测HbA1c吗？";

const cosine = (value: number | undefined): string => (value === undefined ? "–" : value.toFixed(3));
const percent = (value: number | undefined): string => (value === undefined ? "–" : (100 * value).toFixed(1));
const both = (found: Nearness | undefined): string => (found ? `${cosine(found.mean)} (${cosine(found.low)})` : "–");

/** The report as Markdown tables. */
export function toMarkdown(report: RobustnessReport): string {
  const { settings, sets } = report;
  const described = sets.map(
    ({ name, questions, corpus }) => `${name}, ${questions} questions asked of ${number(corpus)}`,
  );
  return [
    `Sets: ${described.join("; ")}. Seed ${settings.seed}. Cosine of the changed and the clean text's vector: mean, and in brackets what 5 of ` +
      "100 are below; then the share of questions, in %, whose nearest question of the FAQ stays the same. Only the texts that a " +
      "change touches are counted; *touched* is their share in %.\n",
    drifts(report),
    `Length: ${settings.longTexts} texts of 512 characters, by their beginning against the whole, and as many titles, cut or repeated, against ` +
      "the title; *teacher*: against the teacher's vector of the same beginning, which it reads whole.\n",
    lengths(report),
    ...windows(report),
  ].join("\n");
}

function drifts({ systems, sets }: RobustnessReport): string {
  const names = Object.keys(systems);
  const [first] = Object.values(systems);
  const samples = new Map(changesFor([SAMPLE]).map((each) => [each.name, each.apply(SAMPLE, new Random(3))]));
  const rows: string[][] = [];
  first!.drifts.forEach((row, at) => {
    const before = first!.drifts[at - 1];
    if (sets.length > 1 && before?.set !== row.set) rows.push([`**${row.set}**`, ...heading(names)]);
    const cells = names.map((name) => {
      const { drift } = systems[name]!.drifts[at]!;
      return [both(drift), percent(drift?.same)];
    });
    const sample = samples.get(row.change);
    const shown = sample === undefined || sample === SAMPLE ? "" : sample;
    rows.push([`${row.group}: ${row.change}`, shown, percent(row.changed), ...cells.flat()]);
  });
  const head = ["change", SAMPLE, "touched", ...names.flatMap((name) => [`${name}: cosine`, "same first"])];
  return table(head, rows);
}

function heading(names: readonly string[]): string[] {
  return ["", "", ...names.flatMap(() => ["", ""])];
}

function lengths({ systems }: RobustnessReport): string {
  const names = Object.keys(systems);
  const [first] = Object.values(systems);
  const rows = first!.lengths.map(({ characters }, at) => [
    String(characters),
    ...names.flatMap((name) => {
      const { lengths: own, agreement } = systems[name]!;
      const cells = [both(own[at]!.beginning), both(own[at]!.repeated)];
      return agreement ? [...cells, both(agreement.beginnings[at])] : cells;
    }),
  ]);
  const head = names.flatMap((name) => [
    `${name}: beginning`,
    "repeated",
    ...(systems[name]!.agreement ? ["teacher"] : []),
  ]);
  return table(["characters", ...head], rows);
}

function windows({ systems }: RobustnessReport): string[] {
  return Object.entries(systems).flatMap(([name, { window, agreement }]) =>
    agreement
      ? [
          `${name} reads the first ${window} of 512 characters: cosine ${both(agreement.beginnings.at(-1))} to the teacher's vector of all ` +
            `of them; the mean of the vectors of all windows of ${window}: ${both(agreement.windows)}.\n`,
        ]
      : [],
  );
}
