import type { Key } from "../db/index-record.ts";
import { LtdError } from "../errors.ts";

/** The key of a row as a program has it. A composite key is a list of values, in the order of the key's columns. */
export type RowKey = string | number | bigint | readonly (string | number | bigint)[];

/** What is known of the keys of an index. */
type KeyedIndex = { readonly name: string; readonly key: readonly { readonly name: string; readonly type: string }[] };

/**
 * The key as text. Throws LtdError "input" for a key with another number of columns, or a number that has lost digits.
 */
export function keyOf(index: KeyedIndex, row: RowKey): Key {
  const parts: readonly (string | number | bigint)[] = Array.isArray(row) ? row : [row as string];
  const rounded = parts.find((part) => Number.isInteger(part) && !Number.isSafeInteger(part));
  if (rounded !== undefined) {
    throw new LtdError("input", `${rounded} is beyond 2^53, where one JavaScript number stands for several keys`, {
      hint: "give the key as a string or a bigint",
    });
  }
  const key = parts.map(String);
  if (parts.some((part) => !/^(string|number|bigint)$/.test(typeof part))) throw badKey(index, key);
  if (key.length !== index.key.length) throw badKey(index, key);
  return key;
}

/** The error for a key that the index cannot have. */
export function badKey(index: KeyedIndex, key: Key, cause?: unknown): LtdError {
  const columns = index.key.map(({ name, type }) => `${name} ${type}`).join(", ");
  return new LtdError("input", `(${key.join(", ")}) is not a key of ${index.name}, whose key is (${columns})`, {
    hint: "give the value of the key column, or an array of them in this order",
    ...(cause !== undefined && { cause }),
  });
}
