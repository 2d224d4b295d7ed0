import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { add, exportIndex, init, loadModel, openDatabase, openIndex } from "../../src/index.ts";
import type { AskMeasurement, AskSystem } from "./ask.ts";
import { cliMain } from "./cli-main.ts";
import { measureDisk, type DiskMeasurement } from "./disk.ts";
import { fill } from "./fill.ts";
import { measureApart } from "./measure-apart.ts";

/** What is measured on an index of so many rows. */
export interface AskSizeSettings {
  corpus: string;
  rows: number;
  systems: readonly AskSystem[];
  clients: readonly number[];
  seconds: number;
  rounds: number;
  threads: number;
  say: (line: string) => void;
}

/** One system under one load, round by round. */
export interface AskedRounds {
  system: AskSystem;
  clients: number;
  rounds: AskMeasurement[];
}

/** All systems on one index. */
export interface AskSizeMeasurement {
  rows: number;
  /** From the table to the finished HNSW index, and from that to the local file. */
  prepareSeconds: { sync: number; export: number | null };
  asked: AskedRounds[];
  disk: DiskMeasurement & { local: number | null };
}

/** Fills an empty database, and asks it in all ways, in turn. */
export async function measureAskSize(url: string, settings: AskSizeSettings): Promise<AskSizeMeasurement> {
  const { corpus, rows, systems, clients, seconds, rounds, threads, say } = settings;
  const folder = await mkdtemp(join(tmpdir(), "ltd-bench-"));
  const file = join(folder, "faq.ltd");
  const database = await openDatabase({ url });
  try {
    const model = await loadModel();
    await fill(database, "faq", corpus, rows);
    await init(database, model);
    await add(database, model, { table: "faq", template: "{title}" });
    const index = await openIndex({ index: "faq", database, threads });
    const { seconds: syncSeconds } = await index.sync();
    await index.close();
    await database.query("vacuum analyze");
    say(`${rows} rows: synced in ${syncSeconds.toFixed(0)} s`);
    let exportSeconds: number | null = null;
    if (systems.includes("local")) {
      ({ seconds: exportSeconds } = await exportIndex(database, "faq", file));
      say(`${rows} rows: exported in ${exportSeconds.toFixed(0)} s`);
    }
    if (systems.includes("sql")) installFunctions(url);
    const asked: AskedRounds[] = [];
    for (const count of clients) {
      const loads = systems.map((system): AskedRounds => ({ system, clients: count, rounds: [] }));
      for (let round = 0; round < rounds; round++) {
        for (const load of loads) {
          const from = round * 977;
          const request = { name: "ask", system: load.system, url, file, clients: count, seconds, from } as const;
          const measured = await measureApart(request);
          load.rounds.push(measured);
          const perSecond = (measured.questions / measured.seconds).toFixed(1);
          say(
            `${rows} rows, ${count} clients, round ${round + 1}: ${load.system} ${perSecond}/s, p50 ${measured.p50Ms.toFixed(1)} ms`,
          );
        }
      }
      asked.push(...loads);
    }
    const local = exportSeconds === null ? null : await bytesIn(folder);
    return {
      rows,
      prepareSeconds: { sync: syncSeconds, export: exportSeconds },
      asked,
      disk: { ...(await measureDisk(database)), local },
    };
  } finally {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Loads the model into the database, for `ltd.match`. */
function installFunctions(url: string): void {
  const { status, stderr } = spawnSync(process.execPath, [cliMain(), "sql", "install", "--quiet"], {
    env: { ...process.env, DATABASE_URL: url },
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`ltd-index sql install: ${stderr.trim()}`);
}

async function bytesIn(folder: string): Promise<number> {
  const sizes = await Promise.all((await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
