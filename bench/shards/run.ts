/** One index beside the same rows on several shards: see `npm run bench:shards -- --help`. */
import { parseArgs } from "node:util";
import { createEmbedder } from "../../src/index.ts";
import { describeMachine, machineLine, type Machine } from "../shared/machine.ts";
import { digits, number, table } from "../shared/markdown.ts";
import { placeIn } from "../shared/place.ts";
import { DEMO_ROWS, readTitles } from "../shared/workload.ts";
import { measureThroughput, measureWays, type Throughput, type WayMeasurement } from "./measure.ts";
import { withShardDatabases } from "./prepare.ts";

const HELP = `Usage: npm run bench:shards -- --corpus FILE --database-url URL [options]

Asks one index, and the same rows split over several shards, question by question in turn: by the library, and by ltd.match in SQL (on the front by
postgres_fdw). Recall: of the ten rows that a comparison with all finds, the share that is among the answers. Then callers at once, by the library
and by connections of their own to each shard. All databases are made on one server, whose cores they share, and dropped at the end.

  --corpus FILE         sentences: a gzipped file of tab-separated values, its last column
  --database-url URL    a server with postgres_fdw, as a superuser
  --rows N              sentences that are indexed (default 100000)
  --shards N            (default 4)
  --questions N         titles of the demo (default 200)
  --callers N           at once (default 8)
  --seconds N           of each round of callers (default 5)
  --rounds N            of callers (default 3)
  --threads N           threads that embed the sentences (default 2)
  --write FILE          also puts the tables into a Markdown file, between its lines <!-- measured --> and <!-- end -->
  --json                one JSON document instead of the tables

Examples:
  npm run bench:shards -- --corpus sentences.tsv.gz --rows 20000 --database-url postgres://app:app@127.0.0.1:5432/app
  npm run bench:shards -- --corpus sentences.tsv.gz --database-url postgres://app:app@127.0.0.1:5432/app --write docs/scale.md
`;

/** All that this bench measures. */
export interface ShardsReport {
  machine: Machine;
  rows: number;
  shards: number;
  questions: number;
  ways: WayMeasurement[];
  throughput: Throughput;
}

function readSettings() {
  const { values } = parseArgs({
    options: {
      corpus: { type: "string" },
      "database-url": { type: "string" },
      rows: { type: "string", default: "100000" },
      shards: { type: "string", default: "4" },
      questions: { type: "string", default: "200" },
      callers: { type: "string", default: "8" },
      seconds: { type: "string", default: "5" },
      rounds: { type: "string", default: "3" },
      threads: { type: "string", default: "2" },
      write: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const whole = (name: "rows" | "shards" | "questions" | "callers" | "seconds" | "rounds" | "threads"): number => {
    const given = Number(values[name]);
    if (Number.isInteger(given) && given >= 1) return given;
    throw new Error(`--${name} is ${values[name]}, but must be a whole number from 1`);
  };
  return {
    ...values,
    rows: whole("rows"),
    shards: whole("shards"),
    questions: whole("questions"),
    load: { callers: whole("callers"), seconds: whole("seconds"), rounds: whole("rounds") },
    threads: whole("threads"),
  };
}

async function main(): Promise<void> {
  const { help, corpus, "database-url": url, rows, shards, threads, load, ...settings } = readSettings();
  if (help) {
    process.stdout.write(HELP);
    return;
  }
  if (corpus === undefined || url === undefined) throw new Error("give --corpus and --database-url");
  const write = settings.write === undefined ? undefined : placeIn(settings.write);
  const machine = describeMachine();
  const embedder = await createEmbedder({ threads: 1 });
  try {
    const questions = [...new Set(readTitles(DEMO_ROWS))].slice(0, settings.questions);
    const report = await withShardDatabases(url, shards, { corpus, rows, threads }, async (prepared) => {
      const ways = await measureWays(prepared, embedder, questions);
      const throughput = await measureThroughput(prepared, embedder, questions, load);
      return { machine, rows, shards, questions: questions.length, ways, throughput };
    });
    write?.(toMarkdown(report));
    process.stdout.write(settings.json ? `${JSON.stringify(report)}\n` : toMarkdown(report));
  } finally {
    await embedder.close();
  }
}

function toMarkdown({ machine, rows, shards, questions, ways, throughput }: ShardsReport): string {
  const lines = ways.map(({ way, recall, p50Ms, ratio }) => [way, recall.toFixed(4), digits(p50Ms), ratio.toFixed(2)]);
  const { callers, library, direct, ratio } = throughput;
  return [
    `${number(rows)} rows, on one index and on ${number(shards)} shards; ${number(questions)} questions, one at a time:\n`,
    table(["way", "recall@10", "p50 ms", "times one index"], lines),
    `${number(callers)} callers at once, questions a second:\n`,
    table(["shards, library", "direct connections", "ratio"], [[digits(library), digits(direct), ratio.toFixed(2)]]),
    machineLine(machine),
  ].join("\n");
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
