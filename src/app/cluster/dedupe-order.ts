import type { Database } from "../../db/database.ts";
import type { IndexRecord, Key } from "../../db/index-record.ts";
import { keyId } from "../../db/statement/key.ts";
import { countFilled } from "../../db/source/source-row.ts";
import { LtdError } from "../../errors.ts";
import { readTexts } from "../row-text.ts";

/** Which row of a group survives. The first or last key, the longest text, or the row with most columns filled. */
export type Keep = "first" | "last" | "longest" | "fullest";

const REASONS: Readonly<Record<Keep, string>> = {
  first: "first key",
  last: "last key",
  longest: "longest text",
  fullest: "most columns filled",
};

const CHUNK_KEYS = 10_000;

/** Why a row survives. Throws LtdError("usage") for what is no choice. */
export function reasonFor(keep: Keep): string {
  if (Object.hasOwn(REASONS, keep)) return REASONS[keep];
  throw new LtdError("usage", `keep is ${String(keep)}, but must be one of: ${Object.keys(REASONS).join(", ")}`);
}

/**
 * The rows of `keys`, which are in order, the preferred ones first. Of two that are as good, the one with the first
 * key.
 */
export async function preferredOrder(
  database: Database,
  index: IndexRecord,
  keys: readonly Key[],
  keep: Keep,
): Promise<Int32Array> {
  const order = Int32Array.from(keys.keys());
  if (keep === "first") return order;
  if (keep === "last") return order.reverse();
  const worth = new Map<string, number>();
  if (keep === "longest") {
    for (const [id, text] of await readTexts(database, index, keys)) worth.set(id, Array.from(text.trim()).length);
  } else {
    for (let start = 0; start < keys.length; start += CHUNK_KEYS) {
      const some = await countFilled(database, index, keys.slice(start, start + CHUNK_KEYS));
      for (const [id, filled] of some) worth.set(id, filled);
    }
  }
  // a row that is gone from the table, but not yet from the index, cannot survive
  const worths = keys.map((key) => worth.get(keyId(key)) ?? -1);
  return order.sort((a, b) => worths[b]! - worths[a]! || a - b);
}
