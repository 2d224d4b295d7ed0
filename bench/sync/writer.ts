import type { Database } from "../../src/index.ts";
import { median } from "../shared/ratio.ts";

/** One kind of statement, with its commit, on tables with the same rows in turn. */
export interface WriterTimes {
  /** Milliseconds without triggers, median. */
  plainMs: number;
  /** As a multiple of that, median: a trigger of statements that sees the rows before and after, and does nothing. */
  floor: number;
  /** A trigger of rows that is called for those whose text differs, and does nothing. */
  called: number;
  /** The triggers of an index. */
  indexed: number;
}

/** What a writer pays for the triggers of an index. */
export interface WriterMeasurement {
  /** Rows that a statement changes. */
  statementRows: number;
  rounds: number;
  mapped: WriterTimes;
  unmapped: WriterTimes;
}

/** Tables that hold the same rows (id from 1, title, views); the last has an index on title. */
export const WRITER_TABLES = ["plain", "floor", "called", "indexed"] as const;

/** Measures the tables of {@link WRITER_TABLES}, and gives the second and the third their triggers. */
export async function measureWriter(
  database: Database,
  tableRows: number,
  statementRows: number,
  rounds: number,
): Promise<WriterMeasurement> {
  await database.script(`
    create function do_nothing() returns trigger language plpgsql as 'begin return null; end';
    create trigger sees_all after update on floor referencing old table as old_rows new table as new_rows
    for each statement execute function do_nothing();
    create trigger is_called after update on called for each row when (old.title is distinct from new.title)
    execute function do_nothing()`);
  const measure = async (change: string): Promise<WriterTimes> => {
    const times = { plain: [] as number[], floor: [] as number[], called: [] as number[], indexed: [] as number[] };
    for (let round = 0; round <= rounds; round++) {
      const low = (round * statementRows) % Math.max(tableRows - statementRows + 1, 1);
      for (const table of round % 2 === 0 ? WRITER_TABLES : WRITER_TABLES.toReversed()) {
        const started = performance.now();
        await database.query(`update ${table} set ${change} where id > $1 and id <= $2`, [low, low + statementRows]);
        if (round > 0) times[table].push(performance.now() - started); // the first one warms up
      }
      // as workers would: the log of changes does not grow without end
      await database.query("delete from ltd.queue");
    }
    const multiple = (of: readonly number[]) => median(times.plain.map((each, at) => of[at]! / each));
    return {
      plainMs: median(times.plain),
      floor: multiple(times.floor),
      called: multiple(times.called),
      indexed: multiple(times.indexed),
    };
  };
  const mapped = await measure("title = title || '。'");
  return { statementRows, rounds, mapped, unmapped: await measure("views = views + 1") };
}
