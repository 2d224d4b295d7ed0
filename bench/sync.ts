/**
 * How fast `sync` is, beside the student alone and the teacher, in one run: see `npm run bench:sync -- --help`.
 *
 * Each measurement is a process of its own, so that its peak memory is its own; rounds take all systems in turn, so that whatever
 * else the machine does hits all alike. Ratios are made within a round; only they can be compared between machines.
 */
import { parseArgs } from "node:util";
import { loadModel } from "../src/index.ts";
import { describeMachine } from "./report/machine.ts";
import { readShipped } from "./report/shipped.ts";
import { summarize, type Measurements } from "./report/sync-summary.ts";
import { toMarkdown } from "./report/sync-table.ts";
import { measureApart } from "./systems/measure-apart.ts";
import { withEmptyDatabase } from "./systems/target.ts";
import { BATCH_SIZE, DEMO_ROWS } from "./systems/workload.ts";

const HELP = `Usage: npm run bench:sync -- [options]

Measures sync, the student alone and, with --teacher, the teacher on the titles of the demo's questions.

  --teacher DIR         model.onnx and tokenizer.json of a BERT sentence encoder ([CLS] pooling, WordPiece)
  --database-url URL    measure sync on this server too, in a new database that is dropped at the end
  --rows N              rows, cut or repeated from the ${DEMO_ROWS} of the demo (default ${DEMO_ROWS})
  --threads N           threads that embed (default 1)
  --rounds N            interleaved rounds (default 3)
  --json                one JSON document on the last line instead of tables

Examples:
  npm run bench:sync -- --teacher ../bge-small-zh-v1.5
  npm run bench:sync -- --rows 20000 --rounds 1 --database-url postgres://app:app@127.0.0.1:5432/app
  npm run --silent bench:sync -- --json > speed.json
`;

function readSettings() {
  const { values } = parseArgs({
    options: {
      teacher: { type: "string" },
      "database-url": { type: "string" },
      rows: { type: "string", default: String(DEMO_ROWS) },
      threads: { type: "string", default: "1" },
      rounds: { type: "string", default: "3" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const wholeNumber = (name: "rows" | "threads" | "rounds"): number => {
    const number = Number(values[name]);
    if (Number.isInteger(number) && number >= 1) return number;
    throw new Error(`--${name} is ${values[name]}, but must be a whole number from 1`);
  };
  return {
    ...values,
    databaseUrl: values["database-url"],
    rows: wholeNumber("rows"),
    threads: wholeNumber("threads"),
    rounds: wholeNumber("rounds"),
  };
}

async function measureAll(settings: ReturnType<typeof readSettings>): Promise<Measurements> {
  const { rows, threads, rounds, teacher, databaseUrl } = settings;
  const measurements: Measurements = {};
  for (let round = 1; round <= rounds; round++) {
    const timed = async <Result>(name: keyof Measurements, work: () => Promise<Result>): Promise<Result> => {
      const started = performance.now();
      const result = await work();
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      process.stderr.write(`round ${round} of ${rounds}: ${name}, ${seconds} s\n`);
      return result;
    };
    const sync = (url?: string) =>
      withEmptyDatabase(url, async (target) => ({
        prepare: await measureApart({ name: "prepare", rows, threads, target }),
        ...(await measureApart({ name: "sync", rows, threads, target })),
      }));
    (measurements["sync-embedded"] ??= []).push(await timed("sync-embedded", () => sync()));
    if (databaseUrl !== undefined) {
      (measurements["sync-server"] ??= []).push(await timed("sync-server", () => sync(databaseUrl)));
    }
    const student = () => measureApart({ name: "student", rows, threads });
    (measurements.student ??= []).push(await timed("student", student));
    if (teacher !== undefined) {
      const measureTeacher = () => measureApart({ name: "teacher", rows, threads, folder: teacher });
      (measurements.teacher ??= []).push(await timed("teacher", measureTeacher));
    }
  }
  return measurements;
}

async function main(): Promise<void> {
  const settings = readSettings();
  if (settings.help) {
    process.stdout.write(HELP);
    return;
  }
  const { rows, threads, rounds } = settings;
  const machine = describeMachine();
  const measurements = await measureAll(settings);
  const { description } = await loadModel();
  const report = {
    machine,
    settings: { rows, threads, rounds, batchSize: BATCH_SIZE },
    model: { id: description.id, checksum: description.checksum },
    ...summarize(measurements, rows),
    shipped: await readShipped(),
  };
  process.stdout.write(settings.json ? `${JSON.stringify(report)}\n` : toMarkdown(report));
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
