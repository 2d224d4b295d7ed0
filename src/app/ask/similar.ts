import type { Database } from "../../db/database.ts";
import { isDataError } from "../../db/failure.ts";
import type { IndexRecord, Key } from "../../db/index-record.ts";
import { nearestToKey } from "../../db/ask/nearest.ts";
import type { ReadOptions } from "../../db/ask/read-index.ts";
import { requireSource } from "../../db/source/source-error.ts";
import { LtdError } from "../../errors.ts";
import { requireLimit } from "../../range.ts";
import { toAnswers, type Answer } from "./match.ts";

/** The key of a row as a program has it: its value, or of a composite key the values in the order of the key's columns. */
export type RowKey = string | number | bigint | readonly (string | number | bigint)[];

/** What is known of the keys of an index. */
type KeyedIndex = { readonly name: string; readonly key: readonly { readonly name: string; readonly type: string }[] };

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
  requireSource(index);
  const key = keyOf(index, row);
  try {
    return toAnswers<Row>(index, await nearestToKey(database, index, key, limit, options));
  } catch (error) {
    throw isDataError(error) ? badKey(index, key, error) : error;
  }
}

/** The key as text. Throws LtdError "input" for one of another number of columns. */
export function keyOf(index: KeyedIndex, row: RowKey): Key {
  const key = (typeof row === "object" ? row : [row]).map(String);
  if (key.length !== index.key.length) throw badKey(index, key);
  return key;
}

function badKey(index: KeyedIndex, key: Key, cause?: unknown): LtdError {
  const columns = index.key.map(({ name, type }) => `${name} ${type}`).join(", ");
  return new LtdError("input", `(${key.join(", ")}) is no key of ${index.name}, which has (${columns})`, {
    hint: "give the value of the key column, or an array of them in this order",
    ...(cause !== undefined && { cause }),
  });
}
