import { openDatabase, openIndex, setLog, stopLog, clearLog } from "../../src/index.ts";
import { number, table } from "../shared/markdown.ts";
import { DEMO_ROWS, readTitles } from "../shared/workload.ts";

/** What the question log costs one way to ask. */
export interface LogCost {
  system: "library" | "sql";
  questions: number;
  /** Milliseconds of a question without and with the log: means of the rounds. */
  off: number;
  on: number;
  /** `on` / `off` of each round: median, lowest, highest. */
  ratio: { median: number; low: number; high: number };
}

/** Questions in a row with the log off, or on. */
const BLOCK = 100;

/**
 * Asks one question after another with the log off and on in turn, in every round both ways to ask. The log of the index is emptied and left off.
 *
 * @param rounds of which each gives one ratio
 */
export async function measureLog(url: string, index: string, rounds: number): Promise<LogCost[]> {
  const database = await openDatabase({ url });
  const open = await openIndex({ database, index, threads: 1 });
  const titles = readTitles(DEMO_ROWS);
  const ask = {
    library: (question: string) => open.match(question),
    sql: (question: string) => database.query("select key from ltd.match($1, $2, 5)", [index, question]),
  };
  let at = 0;
  const block = async (system: keyof typeof ask): Promise<number> => {
    const started = performance.now();
    for (let n = 0; n < BLOCK; n++) await ask[system](titles[at++ % titles.length]!);
    return (performance.now() - started) / BLOCK;
  };
  const times = { library: [] as { off: number; on: number }[], sql: [] as { off: number; on: number }[] };
  try {
    for (const system of ["library", "sql"] as const) await block(system); // connections, sessions and caches
    for (let round = 0; round < rounds; round++) {
      for (const system of ["library", "sql"] as const) {
        const found = { off: 0, on: 0 };
        for (const state of round % 2 === 0 ? (["off", "on"] as const) : (["on", "off"] as const)) {
          await (state === "on" ? setLog : stopLog)(database, index);
          found[state] = await block(system);
        }
        times[system].push(found);
      }
    }
    await clearLog(database, index);
  } finally {
    await stopLog(database, index);
    await open.close();
    await database.close();
  }
  return (["library", "sql"] as const).map((system) => {
    const ratios = times[system].map(({ off, on }) => on / off).toSorted((a, b) => a - b);
    const mean = (state: "off" | "on") => times[system].reduce((sum, each) => sum + each[state], 0) / rounds;
    const median = ratios[Math.floor(rounds / 2)]!;
    return {
      system,
      questions: rounds * BLOCK,
      off: mean("off"),
      on: mean("on"),
      ratio: { median, low: ratios[0]!, high: ratios.at(-1)! },
    };
  });
}

/** A row for each way to ask. */
export function logTable(costs: readonly LogCost[]): string {
  return table(
    ["", "questions", "ms, log off", "ms, log on", "ratio: median", "lowest", "highest"],
    costs.map(({ system, questions, off, on, ratio }) => [
      system,
      number(questions),
      number(off, 2),
      number(on, 2),
      ...[ratio.median, ratio.low, ratio.high].map((each) => number(each, 3)),
    ]),
  );
}
