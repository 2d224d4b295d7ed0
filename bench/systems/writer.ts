import type { Database } from "../../src/index.ts";
import { median } from "../report/ratio.ts";

/** One kind of statement, on each of three tables in turn: milliseconds with its commit, medians. */
export interface WriterTimes {
  /** Without triggers. */
  plain: number;
  /** With a trigger that sees the rows before and after the statement, and does nothing. */
  floor: number;
  indexed: number;
  /** Of `floor` and `plain`: what any trigger that compares the rows costs. */
  floorRatio: number;
  /** Of `indexed` and `plain`. */
  ratio: number;
}

/** What a writer pays for the triggers of an index. */
export interface WriterMeasurement {
  /** Rows that a statement changes. */
  statementRows: number;
  rounds: number;
  mapped: WriterTimes;
  unmapped: WriterTimes;
}

const TABLES = ["plain", "floor", "indexed"] as const;

/**
 * Measures three tables of {@link TABLES} with the same rows (id from 1, title, views), of which the last has an index on title. Gives the
 * second its trigger.
 */
export async function measureWriter(
  database: Database,
  tableRows: number,
  statementRows: number,
  rounds: number,
): Promise<WriterMeasurement> {
  await database.script(`
    create function do_nothing() returns trigger language plpgsql as 'begin return null; end';
    create trigger sees_all after update on floor referencing old table as old_rows new table as new_rows
    for each statement execute function do_nothing()`);
  const measure = async (change: string): Promise<WriterTimes> => {
    const times = { plain: [] as number[], floor: [] as number[], indexed: [] as number[] };
    for (let round = 0; round <= rounds; round++) {
      const low = (round * statementRows) % Math.max(tableRows - statementRows + 1, 1);
      for (const table of round % 2 === 0 ? TABLES : TABLES.toReversed()) {
        const started = performance.now();
        await database.query(`update ${table} set ${change} where id > $1 and id <= $2`, [low, low + statementRows]);
        if (round > 0) times[table].push(performance.now() - started); // the first one warms up
      }
      // as workers would: the log of changes does not grow without end
      await database.query("delete from ltd.queue");
    }
    const ratioOf = (table: "floor" | "indexed") => median(times.plain.map((each, at) => times[table][at]! / each));
    return {
      plain: median(times.plain),
      floor: median(times.floor),
      indexed: median(times.indexed),
      floorRatio: ratioOf("floor"),
      ratio: ratioOf("indexed"),
    };
  };
  const mapped = await measure("title = title || '。'");
  return { statementRows, rounds, mapped, unmapped: await measure("views = views + 1") };
}
