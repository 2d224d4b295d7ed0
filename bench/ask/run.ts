/**
 * How fast questions are answered in every way to ask, side by side: see `npm run bench:ask -- --help`.
 *
 * Each measurement is a process of its own; rounds take all systems in turn, so that whatever else the machine does hits all alike.
 */
import { parseArgs } from "node:util";
import { loadModel } from "../../src/index.ts";
import { speedsOf, toAskMarkdown, type AskReport } from "./table.ts";
import { describeMachine } from "../shared/machine.ts";
import { ASK_SYSTEMS, type AskSystem } from "./measure.ts";
import { logTable, measureLog } from "./log.ts";
import { measureAskIndex, measureAskSize, type AskSizeMeasurement } from "./size.ts";
import { withEmptyDatabase } from "../shared/target.ts";

const HELP = `Usage: npm run bench:ask -- --corpus FILE --database-url URL [options]
       npm run bench:ask -- --index NAME --database-url URL [options]

Asks an index of many sentences in every way there is: ltd.match in SQL, the command line program from the start of its process, over HTTP, the
library with pgvector, the library with a local file. The questions are titles of the demo. Also what the vectors take on disk.

  --corpus FILE         gzipped file of tab-separated values, the sentences in its last column
  --database-url URL    a server; new databases are made there, and dropped at the end
  --rows LIST           sentences that are indexed, in turn (default 10000)
  --index NAME          in place of --corpus: asks an index that is there, and loads the model into its database ("ltd-index sql install")
  --local FILE          with --index: a local file of it, for the library with a local file
  --log                 with --index: what the question log costs, off and on in turn; --rounds blocks of 100 questions
  --system LIST         of ${ASK_SYSTEMS.join(",")} (default: all)
  --clients LIST        callers at once, in turn (default 1,8,64)
  --seconds N           time of one measurement; everybody asks at least once (default 3)
  --rounds N            interleaved rounds (default 3)
  --threads N           threads that embed the sentences (default: 2)
  --json                one JSON document on the last line instead of tables

Examples:
  npm run bench:ask -- --corpus sentences.tsv.gz --database-url postgres://app:app@127.0.0.1:5432/app
  npm run bench:ask -- --index faq --local faq.ltd --database-url postgres://app:app@127.0.0.1:5432/app
  npm run --silent bench:ask -- --corpus sentences.tsv.gz --database-url postgres://… --rows 10000,100000,1000000 --json > ask.json
`;

function readSettings() {
  const { values } = parseArgs({
    options: {
      corpus: { type: "string" },
      "database-url": { type: "string" },
      rows: { type: "string", default: "10000" },
      index: { type: "string" },
      local: { type: "string" },
      log: { type: "boolean", default: false },
      system: { type: "string", default: ASK_SYSTEMS.join(",") },
      clients: { type: "string", default: "1,8,64" },
      seconds: { type: "string", default: "3" },
      rounds: { type: "string", default: "3" },
      threads: { type: "string", default: "2" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const numbers = (name: "rows" | "clients" | "seconds" | "rounds" | "threads", low: number): number[] => {
    const list = values[name].split(",").map(Number);
    if (list.every((each) => Number.isInteger(each) && each >= low)) return list;
    throw new Error(`--${name} is ${values[name]}, but must be whole numbers from ${low}, separated by commas`);
  };
  const systems = values.system.split(",");
  const isSystem = (name: string): name is AskSystem => (ASK_SYSTEMS as readonly string[]).includes(name);
  if (!systems.every(isSystem))
    throw new Error(`--system is ${values.system}, but must be of ${ASK_SYSTEMS.join(",")}`);
  return {
    ...values,
    databaseUrl: values["database-url"],
    systems,
    rows: numbers("rows", 1),
    clients: numbers("clients", 1),
    seconds: numbers("seconds", 0)[0]!,
    rounds: numbers("rounds", 1)[0]!,
    threads: numbers("threads", 1)[0]!,
  };
}

async function main(): Promise<void> {
  const { help, json, corpus, index, local, databaseUrl, rows, ...settings } = readSettings();
  if (help) {
    process.stdout.write(HELP);
    return;
  }
  if (databaseUrl === undefined || (corpus === undefined) === (index === undefined)) {
    throw new Error("give --database-url, and either --corpus or --index");
  }
  const { clients, seconds, rounds, threads } = settings;
  if (settings.log) {
    if (index === undefined) throw new Error("--log needs --index");
    const costs = await measureLog(databaseUrl, index, rounds);
    process.stdout.write(json ? `${JSON.stringify(costs)}\n` : logTable(costs));
    return;
  }
  const machine = describeMachine();
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const sizes: AskSizeMeasurement[] = [];
  if (index !== undefined) {
    const systems = settings.systems.filter((system) => system !== "local" || local !== undefined);
    sizes.push(await measureAskIndex(databaseUrl, { index, local, systems, clients, seconds, rounds, say }));
  } else {
    for (const count of rows) {
      const asking = {
        corpus: corpus!,
        rows: count,
        systems: settings.systems,
        clients,
        seconds,
        rounds,
        threads,
        say,
      };
      sizes.push(
        await withEmptyDatabase(databaseUrl, (target) => measureAskSize((target as { url: string }).url, asking)),
      );
    }
  }
  const { description } = await loadModel();
  const report: AskReport = {
    machine,
    settings: { rows: sizes.map((size) => size.rows), clients, seconds, rounds },
    model: { id: description.id, checksum: description.checksum },
    speeds: speedsOf(sizes),
    sizes,
  };
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : toAskMarkdown(report));
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
