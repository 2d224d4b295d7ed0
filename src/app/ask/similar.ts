import type { Database } from "../../db/database.ts";
import { isDataError } from "../../db/failure.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import { nearestToKey } from "../../db/ask/nearest.ts";
import type { ReadOptions } from "../../db/ask/read-index.ts";
import { requireUnchanged } from "../../db/source/source-error.ts";
import { requireLimit } from "../../range.ts";
import { badKey, keyOf, type RowKey } from "../row-key.ts";
import { parseTemplate } from "../template.ts";
import { toAnswer, type Answer } from "./answer.ts";

/** Settings of {@link similar}. */
export interface SimilarOptions extends ReadOptions {
  /** k, 1 to 1000, default 5. */
  limit?: number;
}

/**
 * The rows that mean nearly the same as another row of the index, nearest first, itself left out. Nothing is embedded.
 *
 * Throws LtdError "input" for a key that cannot be one, or a row without a vector, "source" when the table is gone.
 */
export async function similar<Row extends object = Readonly<Record<string, unknown>>>(
  database: Database,
  index: IndexRecord,
  row: RowKey,
  { limit = 5, ...options }: SimilarOptions = {},
): Promise<Answer<Row>[]> {
  requireLimit(limit);
  requireUnchanged(index);
  const key = keyOf(index, row);
  try {
    const near = await nearestToKey(database, index, key, limit, options);
    const template = parseTemplate(index.template);
    return near.map((neighbour) => toAnswer<Row>(template, neighbour));
  } catch (error) {
    throw isDataError(error) ? badKey(index, key, error) : error;
  }
}
