import { spawn } from "node:child_process";
import { once } from "node:events";
import { add, init, loadModel, openDatabase, type Database, type ModelPackage } from "../../src/index.ts";
import { median } from "../shared/ratio.ts";
import type { BackfillMeasurement, StreamMeasurement } from "./backfill.ts";
import { cliMain } from "../shared/cli-main.ts";
import { startClock, type Span } from "../shared/clock.ts";
import { fill } from "../shared/fill.ts";
import { measureApart } from "../shared/measure-apart.ts";
import { measureWriter, WRITER_TABLES, type WriterMeasurement } from "./writer.ts";

/** What is measured on a table of many rows. */
export interface ScaleSettings {
  corpus: string;
  rows: number;
  threads: number;
  /** Workers at once, in turn. */
  workers: readonly number[];
  say: (line: string) => void;
}

/** A table of many rows from empty to done, and beside it what that is compared with. */
export interface ScaleMeasurement {
  init: Span;
  /** Triggers, and all rows queued. */
  add: Span;
  /** Before and after the backfill. */
  student: StreamMeasurement[];
  backfill: BackfillMeasurement;
  /** Seconds of `ltd-index sync` with nothing to do, process start included. */
  idleSeconds: { median: number; all: number[] };
  writer: WriterMeasurement;
  workers: { workers: number; rows: number; seconds: number; rowsPerSecond: number; peakMiB: number }[];
}

/** Texts that the student alone is measured on. */
const STUDENT_TEXTS = 40_000;
/** Rows that several workers share. */
const WORKER_ROWS = 40_000;
const WRITER_ROWS = 100_000;
const STATEMENT_ROWS = 10_000;
const IDLE_RUNS = 3;
/** Time that a worker is given to open database and model before all begin. */
const START_MS = 15_000;

/** Measures on an empty database of a server. */
export async function measureScale(url: string, settings: ScaleSettings): Promise<ScaleMeasurement> {
  const { corpus, rows, threads, say } = settings;
  const model = await loadModel();
  const database = await openDatabase({ url });
  try {
    await fill(database, "faq", corpus, rows);
    say(`${rows} rows loaded`);
    let clock = startClock();
    await init(database, model);
    const initSpan = clock();
    clock = startClock();
    await add(database, model, { table: "faq", template: "{title}" });
    const addSpan = clock();
    const step = Math.max(1, Math.floor(rows / STUDENT_TEXTS));
    const student = () => measureApart({ name: "stream", file: corpus, rows, step, threads });
    const before = await student();
    say(`student: ${Math.round(before.texts / before.run.seconds)} texts/s`);
    const backfill = await measureApart({ name: "backfill", url, index: "faq", threads, rows, startAt: 0 });
    say(
      `backfill: ${Math.round(rows / backfill.embed.seconds)} rows/s, index built in ${backfill.build?.seconds.toFixed(0)} s`,
    );
    if (backfill.rows !== rows) throw new Error(`sync did ${backfill.rows} rows of ${rows}`);
    const after = await student();
    const idle = await measureIdle(url);
    const writer = await measureWriters(database, model, corpus, rows);
    say(`writer: ${writer.mapped.indexed.toFixed(2)} mapped, ${writer.unmapped.indexed.toFixed(2)} unmapped`);
    const workers = await measureWorkers(database, model, url, settings);
    return { init: initSpan, add: addSpan, student: [before, after], backfill, idleSeconds: idle, writer, workers };
  } finally {
    await database.close();
  }
}

async function measureIdle(url: string): Promise<ScaleMeasurement["idleSeconds"]> {
  const all: number[] = [];
  for (let run = 0; run < IDLE_RUNS; run++) {
    const clock = startClock();
    const child = spawn(process.execPath, [cliMain(), "sync", "faq", "--quiet"], {
      env: { ...process.env, DATABASE_URL: url },
      stdio: ["ignore", "ignore", "inherit"],
    });
    const [code] = (await once(child, "exit")) as [number | null];
    if (code !== 0) throw new Error(`sync with nothing to do ended with ${code}`);
    all.push(clock().seconds);
  }
  return { median: median(all), all };
}

async function measureWriters(
  database: Database,
  model: ModelPackage,
  corpus: string,
  rows: number,
): Promise<WriterMeasurement> {
  const tableRows = Math.min(rows, WRITER_ROWS);
  for (const table of WRITER_TABLES) await fill(database, table, corpus, tableRows);
  await add(database, model, { table: "indexed", template: "{title}" });
  return measureWriter(database, tableRows, Math.min(STATEMENT_ROWS, tableRows), 9);
}

async function measureWorkers(
  database: Database,
  model: ModelPackage,
  url: string,
  { corpus, rows, workers, say }: ScaleSettings,
): Promise<ScaleMeasurement["workers"]> {
  const results: ScaleMeasurement["workers"] = [];
  const shared = Math.min(rows, WORKER_ROWS);
  for (const count of workers) {
    const table = `shared_${count}`;
    await fill(database, table, corpus, shared);
    await add(database, model, { table, template: "{title}" });
    const startAt = count === 1 ? 0 : Date.now() + START_MS;
    const parts = await Promise.all(
      Array.from({ length: count }, () =>
        measureApart({ name: "backfill", url, index: table, threads: 1, rows: shared, startAt }),
      ),
    );
    const done = parts.reduce((sum, part) => sum + part.rows, 0);
    if (done !== shared) throw new Error(`${count} workers did ${done} rows of ${shared}`);
    const seconds =
      (Math.max(...parts.map(({ endedAt }) => endedAt)) - Math.min(...parts.map(({ startedAt }) => startedAt))) / 1000;
    const peakMiB = Math.max(...parts.map((part) => part.peakMiB));
    results.push({ workers: count, rows: shared, seconds, rowsPerSecond: shared / seconds, peakMiB });
    say(`${count} workers: ${Math.round(shared / seconds)} rows/s`);
  }
  return results;
}
