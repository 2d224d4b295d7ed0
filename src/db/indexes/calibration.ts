import type { Queryable } from "../database.ts";
import type { Calibration, IndexRecord, Key } from "../index-record.ts";
import { entryKeyNames, keyArray } from "../statement/key.ts";
import { sqlText } from "../statement/sql-text.ts";
import { statement } from "../statement/statement.ts";
import { entryRows, guardEntryRows } from "../entries/vector-column.ts";

/** Keeps thresholds with what was measured for them; null gives the index those of its model back. */
export async function storeCalibration(
  database: Queryable,
  index: IndexRecord,
  calibration: Calibration | null,
): Promise<void> {
  const { answer = null, suggest = null, margin = null, slope = null, offset = null } = calibration ?? {};
  const document = calibration && JSON.stringify(calibration);
  await database.query(statement("indexes/set-calibration"), [
    index.id,
    answer,
    suggest,
    margin,
    document,
    slope,
    offset,
  ]);
}

/** Keeps thresholds that were set by hand; what was calibrated before is forgotten. */
export async function storeThresholds(
  database: Queryable,
  index: IndexRecord,
  { answer, suggest }: { answer: number; suggest: number },
): Promise<void> {
  await database.query(statement("indexes/set-calibration"), [index.id, answer, suggest, null, null, null, null]);
}

/** Up to `count` keys of entries with a vector, the same ones for the same seed. Reads the keys of all entries. */
export async function sampleKeys(database: Queryable, index: IndexRecord, count: number, seed: number): Promise<Key[]> {
  return (await rankKeys(database, index, count, seed)).map(({ key }) => key);
}

/** The same, each with the digest that ranks it: the least are drawn. */
export async function rankKeys(
  database: Queryable,
  index: IndexRecord,
  count: number,
  seed: number,
): Promise<{ readonly key: Key; readonly rank: string }[]> {
  await guardEntryRows(database, index);
  const key = keyArray(sqlText`e`, entryKeyNames(index.key), index.key);
  const sample = statement("indexes/sample-keys", { key, entries: entryRows(index) });
  return database.query(sample, [count, String(seed)]);
}
