import type { Database } from "../../db/database.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import { storeCalibration, storeThresholds } from "../../db/indexes/calibration.ts";
import { LtdError } from "../../errors.ts";

/**
 * Sets the thresholds of an index by hand: chances in [0, 1] (cosines for a model without a judge).
 *
 * @throws {LtdError} "usage" for one out of range, or `suggest` above `answer`
 */
export async function setThresholds(
  database: Database,
  index: IndexRecord,
  { answer, suggest }: { answer: number; suggest: number },
): Promise<void> {
  for (const [name, value] of Object.entries({ answer, suggest })) {
    if (value >= 0 && value <= 1) continue;
    throw new LtdError("usage", `${name} is ${value}, but must be a chance from 0 to 1`, {
      hint: "0.8: give an answer where at least eight of ten are right",
    });
  }
  if (suggest > answer) {
    throw new LtdError("usage", `suggest is ${suggest}, above answer, which is ${answer}`, {
      hint: "rows are suggested where the chance is too low for an answer",
    });
  }
  await storeThresholds(database, index, { answer, suggest });
}

/**
 * Gives an index the thresholds of its model back.
 *
 * @example
 * const database = await openDatabase();
 * await forgetCalibration(database, await getIndex(database, "faq"));
 */
export async function forgetCalibration(database: Database, index: IndexRecord): Promise<void> {
  await storeCalibration(database, index, null);
}
