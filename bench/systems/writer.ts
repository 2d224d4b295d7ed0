import type { Database } from "../../src/index.ts";
import { median } from "../report/ratio.ts";

/** What a writer pays for the triggers of an index: the same statements on a table with and on one without, in turn. */
export interface WriterMeasurement {
  /** Rows that a statement changes. */
  statementRows: number;
  rounds: number;
  /** Milliseconds of a statement with its commit, medians, and their ratio. */
  mapped: { plain: number; indexed: number; ratio: number };
  unmapped: { plain: number; indexed: number; ratio: number };
}

/** Measures `plain` and `indexed`, two tables with the same rows (id from 1, title, views), of which the second has an index on title. */
export async function measureWriter(
  database: Database,
  tableRows: number,
  statementRows: number,
  rounds: number,
): Promise<WriterMeasurement> {
  const kinds = { mapped: "title = title || '。'", unmapped: "views = views + 1" };
  const measured: Record<string, { plain: number; indexed: number; ratio: number }> = {};
  for (const [kind, change] of Object.entries(kinds)) {
    const times = { plain: [] as number[], indexed: [] as number[] };
    for (let round = 0; round <= rounds; round++) {
      const low = (round * statementRows) % Math.max(tableRows - statementRows + 1, 1);
      for (const table of round % 2 === 0 ? (["plain", "indexed"] as const) : (["indexed", "plain"] as const)) {
        const started = performance.now();
        await database.query(`update ${table} set ${change} where id > $1 and id <= $2`, [low, low + statementRows]);
        if (round > 0) times[table].push(performance.now() - started); // the first one warms up
      }
      // as workers would: the log of changes does not grow without end
      await database.query("delete from ltd.queue");
    }
    const [plain, indexed] = [median(times.plain), median(times.indexed)];
    const ratio = median(times.plain.map((each, at) => times.indexed[at]! / each));
    measured[kind] = { plain, indexed, ratio };
  }
  return { statementRows, rounds, mapped: measured["mapped"]!, unmapped: measured["unmapped"]! };
}
