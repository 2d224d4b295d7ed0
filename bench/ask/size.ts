import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { add, exportIndex, init, loadModel, openDatabase, openIndex, status } from "../../src/index.ts";
import type { AskMeasurement, AskSystem } from "./measure.ts";
import { cliMain } from "../shared/cli-main.ts";
import { measureDisk, type DiskMeasurement } from "./disk.ts";
import { fill } from "../shared/fill.ts";
import { measureApart } from "../shared/measure-apart.ts";

/** How an index is asked. */
export interface AskingSettings {
  systems: readonly AskSystem[];
  clients: readonly number[];
  seconds: number;
  rounds: number;
  say: (line: string) => void;
}

/** An index of a number of sentences. */
export interface AskSizeSettings extends AskingSettings {
  corpus: string;
  rows: number;
  threads: number;
}

/** An index that is there. */
export interface AskIndexSettings extends AskingSettings {
  index: string;
  /** A local file of it. */
  local: string | undefined;
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
  /** From the table to the finished HNSW index, and from that to the local file; null where they were there before. */
  prepareSeconds: { sync: number | null; export: number | null };
  asked: AskedRounds[];
  disk: DiskMeasurement & { local: number | null };
}

/** Fills an empty database, and asks it in all ways, in turn. */
export async function measureAskSize(url: string, settings: AskSizeSettings): Promise<AskSizeMeasurement> {
  const { corpus, rows, threads, systems, say } = settings;
  const folder = await mkdtemp(join(tmpdir(), "ltd-bench-"));
  const local = systems.includes("local") ? join(folder, "faq.ltd") : undefined;
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
    if (local !== undefined) {
      ({ seconds: exportSeconds } = await exportIndex(database, "faq", local));
      say(`${rows} rows: exported in ${exportSeconds.toFixed(0)} s`);
    }
    const measured = await measureAskIndex(url, { ...settings, index: "faq", local });
    return { ...measured, prepareSeconds: { sync: syncSeconds, export: exportSeconds } };
  } finally {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Asks an index in all ways, in turn. Loads the model into its database, for `ltd.match`. */
export async function measureAskIndex(url: string, settings: AskIndexSettings): Promise<AskSizeMeasurement> {
  const { index, local, systems, clients, seconds, rounds, say } = settings;
  const database = await openDatabase({ url });
  try {
    const [state] = await status(database, index);
    const rows = state!.indexed;
    if (systems.includes("sql")) installFunctions(url);
    const asked: AskedRounds[] = [];
    for (const count of clients) {
      const loads = systems.map((system): AskedRounds => ({ system, clients: count, rounds: [] }));
      for (let round = 0; round < rounds; round++) {
        for (const load of loads) {
          const file = local ?? "";
          const request = { system: load.system, url, index, file, clients: count, seconds, from: round * 977 };
          const measured = await measureApart({ name: "ask", ...request });
          load.rounds.push(measured);
          const perSecond = (measured.questions / measured.seconds).toFixed(1);
          say(
            `${rows} rows, ${count} clients, round ${round + 1}: ${load.system} ${perSecond}/s, p50 ${measured.p50Ms.toFixed(1)} ms`,
          );
        }
      }
      asked.push(...loads);
    }
    const localBytes = local === undefined ? null : await bytesOf(local);
    const disk = { ...(await measureDisk(database, index)), local: localBytes };
    return { rows, prepareSeconds: { sync: null, export: null }, asked, disk };
  } finally {
    await database.close();
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

/** Of a local file and of what it names, which lies beside it. */
async function bytesOf(local: string): Promise<number> {
  const names = (await readdir(dirname(local))).filter((name) => name.startsWith(basename(local)));
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(dirname(local), name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
