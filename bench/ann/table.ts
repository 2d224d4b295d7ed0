import type { HnswSettings } from "../../src/ann/hnsw-settings.ts";
import type { SearchFigures } from "./measure.ts";
import { machineLine, type Machine } from "../shared/machine.ts";
import { bytes, digits, number, table } from "../shared/markdown.ts";

/** What a run found: the document that `--json` prints. */
export interface SearchReport extends SearchFigures {
  settings: { rows: number; questions: number; dims: number; model: string } & HnswSettings;
  machine: Machine;
}

/** The report as Markdown tables. */
export function toMarkdown({ settings, machine, sizes, efs, file }: SearchReport): string {
  const { rows, questions, dims, model, m, efConstruction, efSearch } = settings;
  const faster = sizes.find((row) => row.hnswMs < row.exactMs);
  return [
    `${number(rows)} texts, embedded by \`${model}\` (${dims} dimensions), and ${number(questions)} other texts as questions; k = 10. Times are ` +
      "of one core at work, so that other processes do not lengthen them.\n",
    machineLine(machine),
    `At \`--m\` ${m}, \`--ef-construction\` ${efConstruction}, ${number(rows)} rows:\n`,
    table(
      ["`--ef-search`", "recall@10", "ms a question", "exact search takes"],
      efs.map((row) => [
        row.efSearch === efSearch ? `**${row.efSearch}**` : String(row.efSearch),
        row.recall.toFixed(4),
        digits(row.ms),
        `${digits(sizes.at(-1)!.exactMs / row.ms)} x`,
      ]),
    ),
    `By size, at \`--ef-search\` ${efSearch}; *64*: milliseconds a question when 64 are asked together:\n`,
    table(
      ["rows", "exact, ms", "64", "HNSW, ms", "recall@10", "build, s", "questions that pay for it"],
      sizes.map((row) => [
        number(row.rows),
        digits(row.exactMs),
        digits(row.exactTogetherMs),
        digits(row.hnswMs),
        row.recall.toFixed(4),
        digits(row.buildSeconds),
        row.hnswMs < row.exactMs ? number((1000 * row.buildSeconds) / (row.exactMs - row.hnswMs)) : "–",
      ]),
    ),
    `${faster ? `A question takes less time in the graph from ${number(faster.rows)} rows on` : "A question takes less time without a graph"}. The ` +
      `graph of ${number(rows)} rows has ${bytes(file.graphBytes)} (the vectors alone ${bytes(file.vectorBytes)}), is written in ` +
      `${digits(file.writeSeconds)} s and loaded in ${digits(file.loadSeconds)} s.\n`,
  ].join("\n");
}
