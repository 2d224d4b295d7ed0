import { spawn } from "node:child_process";
import { openDatabase, openIndex } from "../../src/index.ts";
import { cliMain } from "../shared/cli-main.ts";
import { peakMiB, startClock } from "../shared/clock.ts";
import { DEMO_ROWS, readTitles } from "../shared/workload.ts";
import type { Opened } from "./opened.ts";
import { openServed } from "./served.ts";

/**
 * The ways to ask: `ltd.match` in SQL, the command line program from the start of its process to its end, `ltd-index serve` over HTTP, the
 * library with pgvector, and the library with a local file.
 */
export const ASK_SYSTEMS = ["sql", "cli", "serve", "library", "local"] as const;
export type AskSystem = (typeof ASK_SYSTEMS)[number];

/** What to ask, and how. */
export interface AskSettings {
  system: AskSystem;
  /** Database with the index. */
  url: string;
  index: string;
  /** The local file of that index; needed by the system `local` only. */
  file: string;
  /** Callers at once, each with one question at a time. */
  clients: number;
  /** Time after which no caller asks another question. Each asks at least once. */
  seconds: number;
  /** Of the demo's titles, the first that is asked. */
  from: number;
}

/** One way to ask under one load, in a process of its own. */
export interface AskMeasurement {
  /** That were answered. */
  questions: number;
  /** Processes that ended without an answer: too many at once, so that they waited too long for a connection. */
  failed: number;
  seconds: number;
  p50Ms: number;
  p99Ms: number;
  /**
   * CPU a question of the process that answers: this one of the library, another one of `serve`. Null for work that other processes do, or the
   * system does not tell.
   */
  cpuMs: number | null;
  /** CPU a question of the callers, where that is another process than the one of `cpuMs`. */
  callerCpuMs: number | null;
  /** Of the process that asks; of `cli`, `serve` and `sql` the work is done elsewhere. */
  peakMiB: number;
}

/** Rows for each question. */
const LIMIT = 5;

/** Asks with all clients until the time is up. Throws when a question gets fewer rows than it asks for. */
export async function measureAsk(settings: AskSettings): Promise<AskMeasurement> {
  const { clients, seconds, from } = settings;
  const questions = readTitles(DEMO_ROWS);
  const system = await openSystem(settings);
  try {
    let asked = from;
    const askNext = async (): Promise<void> => {
      const question = questions[asked++ % questions.length]!;
      const found = await system.ask(question);
      if (found !== LIMIT) throw new Error(`${settings.system} found ${found} rows for ${question}, not ${LIMIT}`);
    };
    // connections, sessions and caches; a process has none of its own
    if (settings.system !== "cli") await Promise.all(Array.from({ length: clients }, askNext));
    const times: number[] = [];
    let failed = 0;
    const started = performance.now();
    const stop = startClock();
    const servedBefore = system.servedCpuSeconds?.();
    await Promise.all(
      Array.from({ length: clients }, async () => {
        do {
          const begun = performance.now();
          try {
            await askNext();
            times.push(performance.now() - begun);
          } catch (error) {
            if (settings.system !== "cli") throw error;
            failed++;
          }
        } while (performance.now() - started < seconds * 1000);
      }),
    );
    const { seconds: took, cpuSeconds } = stop();
    const served = system.servedCpuSeconds?.();
    if (times.length === 0) throw new Error(`${settings.system}: no question was answered`);
    times.sort((a, b) => a - b);
    const at = (share: number) => times[Math.min(times.length - 1, Math.floor(share * times.length))]!;
    const own = (1000 * cpuSeconds) / times.length;
    const servedMs =
      served === undefined || servedBefore === undefined ? null : (1000 * (served - servedBefore)) / times.length;
    return {
      questions: times.length,
      failed,
      seconds: took,
      p50Ms: at(0.5),
      p99Ms: at(0.99),
      cpuMs: settings.system === "library" || settings.system === "local" ? own : servedMs,
      callerCpuMs: servedMs === null ? null : own,
      peakMiB: peakMiB(),
    };
  } finally {
    await system.close();
  }
}

async function openSystem({ system, url, index: name, file, clients }: AskSettings): Promise<Opened> {
  switch (system) {
    case "sql": {
      const database = await openDatabase({ url, connections: clients });
      return {
        ask: async (question) =>
          (await database.query(`select * from ltd.match($1, $2, ${LIMIT})`, [name, question])).length,
        close: () => database.close(),
      };
    }
    case "cli":
      return { ask: (question) => askByProcess(url, name, question), close: async () => {} };
    case "serve":
      return openServed(url, name, clients, LIMIT);
    case "library": {
      // as many connections as `serve` has: what openIndex takes by itself
      const index = await openIndex({ index: name, database: url });
      return {
        ask: async (question) => (await index.match(question, { limit: LIMIT })).answers.length,
        close: () => index.close(),
      };
    }
    case "local": {
      const index = await openIndex({ local: file });
      return {
        ask: async (question) => (await index.match(question, { limit: LIMIT })).answers.length,
        close: () => index.close(),
      };
    }
  }
}

function askByProcess(url: string, index: string, question: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [cliMain(), "match", index, question, "--limit", String(LIMIT), "--json"], {
      env: { ...process.env, DATABASE_URL: url },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code !== 0) return reject(new Error(`ltd-index match ended with ${code}`));
      resolve((JSON.parse(output) as { answers: unknown[] }).answers.length);
    });
  });
}
