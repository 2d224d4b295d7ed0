/** Duplicates of many rows, in both databases and both ways: see `npm run bench:dedupe -- --help`. */
import { parseArgs } from "node:util";
import { describeMachine, machineLine, type Machine } from "../shared/machine.ts";
import { digits, number, table } from "../shared/markdown.ts";
import { placeIn } from "../shared/place.ts";
import { timed } from "../shared/step.ts";
import type { Span } from "../shared/clock.ts";
import { measureApart } from "../shared/measure-apart.ts";
import { withEmptyDatabase } from "../shared/target.ts";

const HELP = `Usage: npm run bench:dedupe -- --corpus FILE [options]

What ltd-index dedupe takes, from the database to the groups: exact and by an HNSW graph, each in a process of its own, on an embedded
database and on a server. Recall: of the duplicates that the exact way finds, the share that the graph finds.

  --corpus FILE         sentences: a gzipped file of tab-separated values, its last column
  --rows N              of them (default 100000)
  --database-url URL    a server too, where a database of its own is made and dropped; repeatable
  --method NAME         exact or hnsw; repeatable (default: both)
  --threads N           threads that embed (default 2)
  --write FILE          also puts the table into a Markdown file, between its lines <!-- measured --> and <!-- end -->
  --json                one JSON document instead of the table

Examples:
  npm run bench:dedupe -- --corpus sentences.tsv.gz --rows 20000
  npm run bench:dedupe -- --corpus sentences.tsv.gz --database-url postgres://app:app@127.0.0.1:5432/app --write docs/duplicates.md
`;

/** All that this bench measures. */
export interface DedupeReport {
  machine: Machine;
  systems: (Span & {
    database: "embedded" | "server";
    method: "exact" | "hnsw";
    rows: number;
    duplicates: number;
    /** Null: the exact way was not measured, or this is it. */
    recall: number | null;
    peakMiB: number;
  })[];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      corpus: { type: "string" },
      rows: { type: "string", default: "100000" },
      "database-url": { type: "string", multiple: true, default: [] },
      method: { type: "string", multiple: true, default: ["exact", "hnsw"] },
      threads: { type: "string", default: "2" },
      write: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const { corpus } = values;
  if (corpus === undefined) throw new Error("--corpus is missing: the sentences to compare");
  const write = values.write === undefined ? undefined : placeIn(values.write);
  const [rows, threads] = [Number(values.rows), Number(values.threads)];
  const report: DedupeReport = { machine: describeMachine(), systems: [] };
  for (const url of [undefined, ...values["database-url"]]) {
    const database = url === undefined ? "embedded" : "server";
    await withEmptyDatabase(url, async (target) => {
      await timed(`${database}, vectors`, () =>
        measureApart({ name: "prepare-dedupe", target, corpus, rows, threads }),
      );
      let exact: Set<string> | undefined;
      for (const method of ["exact", "hnsw"] as const) {
        if (!values.method.includes(method)) continue;
        const found = await timed(`${database}, ${method}`, () => measureApart({ name: "dedupe", target, method }));
        const duplicates = found.duplicates.length;
        const both = found.duplicates.filter((key) => exact?.has(key)).length;
        const recall = exact === undefined ? null : both / Math.max(exact.size, 1);
        if (method === "exact") exact = new Set(found.duplicates);
        const { rows: vectors, peakMiB, span } = found;
        report.systems.push({ database, method, ...span, rows: vectors, duplicates, recall, peakMiB });
      }
    });
  }
  write?.(toMarkdown(report));
  process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : toMarkdown(report));
}

function toMarkdown({ machine, systems }: DedupeReport): string {
  const head = ["database, method", "rows", "duplicates", "recall", "seconds", "CPU seconds", "peak MiB"];
  const lines = systems.map((each) => [
    `${each.database}, ${each.method}`,
    number(each.rows),
    number(each.duplicates),
    each.recall?.toFixed(4) ?? "",
    digits(each.seconds),
    digits(each.cpuSeconds),
    number(each.peakMiB),
  ]);
  return `${table(head, lines)}\n${machineLine(machine)}`;
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
