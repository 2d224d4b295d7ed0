/**
 * How fast `sync` is, beside the student alone and the teacher, in one run: see `npm run bench:sync -- --help`.
 *
 * Each measurement is a process of its own, so that its peak memory is its own; rounds take all systems in turn, so that whatever
 * else the machine does hits all alike. Ratios are made within a round; only they can be compared between machines.
 */
import { parseArgs } from "node:util";
import { loadModel } from "../../src/index.ts";
import { describeMachine } from "../shared/machine.ts";
import { shareOf, toScaleMarkdown, type ScaleReport } from "./scale-table.ts";
import { readShipped } from "./shipped.ts";
import { summarize, type Measurements } from "./summary.ts";
import { toMarkdown } from "./table.ts";
import { measureApart } from "../shared/measure-apart.ts";
import { measureScale } from "./scale.ts";
import { withEmptyDatabase } from "../shared/target.ts";
import { BATCH_SIZE, DEMO_ROWS } from "../shared/workload.ts";

const HELP = `Usage: npm run bench:sync -- [options]

Measures sync, the student alone and, with --teacher, the teacher on the titles of the demo's questions.

  --teacher DIR         model.onnx and tokenizer.json of a BERT sentence encoder ([CLS] pooling, WordPiece)
  --database-url URL    measure sync on this server too, in a new database that is dropped at the end
  --rows N              rows, cut or repeated from the ${DEMO_ROWS} of the demo (default ${DEMO_ROWS})
  --characters N        texts of N characters instead of titles: sync alone is measured, the student reads their beginning
  --threads N           threads that embed (default 1)
  --rounds N            interleaved rounds (default 3)
  --corpus FILE         a table of many rows instead, on the server: --rows sentences of a gzipped file of tab-separated values, its
                        last column. Measures the backfill as a share of the student's own rate, memory, a sync with nothing to do, what
                        triggers cost a writer, and several workers
  --workers LIST        with --corpus: workers at once, in turn (default 1,2,4)
  --json                one JSON document on the last line instead of tables

Examples:
  npm run bench:sync -- --teacher ../bge-small-zh-v1.5
  npm run bench:sync -- --rows 20000 --rounds 1 --database-url postgres://app:app@127.0.0.1:5432/app
  npm run bench:sync -- --corpus sentences.tsv.gz --rows 1000000 --threads 2 --database-url postgres://app:app@127.0.0.1:5432/app
  npm run bench:sync -- --rows 700 --characters 140000 --rounds 1 --database-url postgres://app:app@127.0.0.1:5432/app
  npm run --silent bench:sync -- --json > speed.json
`;

function readSettings() {
  const { values } = parseArgs({
    options: {
      teacher: { type: "string" },
      "database-url": { type: "string" },
      rows: { type: "string", default: String(DEMO_ROWS) },
      characters: { type: "string" },
      threads: { type: "string", default: "1" },
      rounds: { type: "string", default: "3" },
      corpus: { type: "string" },
      workers: { type: "string", default: "1,2,4" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const wholeNumber = (name: "rows" | "characters" | "threads" | "rounds"): number => {
    const number = Number(values[name]);
    if (Number.isInteger(number) && number >= 1) return number;
    throw new Error(`--${name} is ${values[name]}, but must be a whole number from 1`);
  };
  const workers = values.workers.split(",").map(Number);
  if (!workers.every((each) => Number.isInteger(each) && each >= 1)) {
    throw new Error(`--workers is ${values.workers}, but must be whole numbers from 1, separated by commas`);
  }
  return {
    ...values,
    workers,
    databaseUrl: values["database-url"],
    rows: wholeNumber("rows"),
    characters: values.characters === undefined ? undefined : wholeNumber("characters"),
    threads: wholeNumber("threads"),
    rounds: wholeNumber("rounds"),
  };
}

async function measureAll(settings: ReturnType<typeof readSettings>): Promise<Measurements> {
  const { rows, characters, threads, rounds, teacher, databaseUrl } = settings;
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
        prepare: await measureApart({ name: "prepare", rows, characters, threads, target }),
        ...(await measureApart({ name: "sync", rows, characters, threads, target })),
      }));
    (measurements["sync-embedded"] ??= []).push(await timed("sync-embedded", () => sync()));
    if (databaseUrl !== undefined) {
      (measurements["sync-server"] ??= []).push(await timed("sync-server", () => sync(databaseUrl)));
    }
    if (characters !== undefined) continue;
    const student = () => measureApart({ name: "student", rows, threads });
    (measurements.student ??= []).push(await timed("student", student));
    if (teacher !== undefined) {
      const measureTeacher = () => measureApart({ name: "teacher", rows, threads, folder: teacher });
      (measurements.teacher ??= []).push(await timed("teacher", measureTeacher));
    }
  }
  return measurements;
}

/** A table of many rows on a server. */
async function measureMany(settings: ReturnType<typeof readSettings>): Promise<ScaleReport> {
  const { corpus, databaseUrl, rows, threads, workers } = settings;
  if (corpus === undefined || databaseUrl === undefined) throw new Error("--corpus wants a server: --database-url");
  const machine = describeMachine();
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const measured = await withEmptyDatabase(databaseUrl, (target) =>
    measureScale((target as { url: string }).url, { corpus, rows, threads, workers, say }),
  );
  const { description } = await loadModel();
  return {
    machine,
    settings: { rows, threads, workers, batchSize: BATCH_SIZE },
    model: { id: description.id, checksum: description.checksum },
    share: shareOf(measured),
    ...measured,
  };
}

async function main(): Promise<void> {
  const settings = readSettings();
  if (settings.help) {
    process.stdout.write(HELP);
    return;
  }
  if (settings.corpus !== undefined) {
    const report = await measureMany(settings);
    process.stdout.write(settings.json ? `${JSON.stringify(report)}\n` : toScaleMarkdown(report));
    return;
  }
  const { rows, characters = null, threads, rounds } = settings;
  const machine = describeMachine();
  const measurements = await measureAll(settings);
  const { description } = await loadModel();
  const report = {
    machine,
    settings: { rows, characters, threads, rounds, batchSize: BATCH_SIZE },
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
