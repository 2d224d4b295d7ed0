import type { Key, KeyColumn } from "../../db/index-record.ts";

const NUMBERS = new Set(["smallint", "integer", "bigint", "numeric"]);

/**
 * The order of keys of several shards: numbers by value, everything else as text by bytes. So rows that are equally
 * good come in the order in which one index gives them, where its collation is "C".
 */
export function compareKeys(columns: readonly KeyColumn[]): (one: Key, other: Key) => number {
  return (one, other) => {
    for (const [at, { type }] of columns.entries()) {
      const [left, right] = [one[at]!, other[at]!];
      if (left === right) continue;
      return (NUMBERS.has(type) && compareNumbers(left, right)) || compareBytes(left, right);
    }
    return 0;
  };
}

/** Whole numbers of any length; numbers with a fraction as far as a double tells them apart. */
function compareNumbers(left: string, right: string): number {
  if (/^-?\d+$/.test(left) && /^-?\d+$/.test(right)) return BigInt(left) < BigInt(right) ? -1 : 1;
  return Number(left) - Number(right) || 0;
}

function compareBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
