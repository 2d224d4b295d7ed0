import type { Queryable } from "../../db/database.ts";
import type { IndexRecord, Key } from "../../db/index-record.ts";
import { keyId } from "../../db/statement/key.ts";
import { countFilled } from "../../db/source/source-row.ts";
import { LtdError } from "../../errors.ts";
import type { Matrix } from "../../vector/matrix.ts";
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

/** Rows that are compared, in the order of their keys. */
export interface ComparedRows {
  /** N keys. */
  readonly keys: readonly Key[];
  /** N x D, rows of unit length; of no use afterwards. */
  readonly vectors: Matrix;
  /** The texts of the rows at some places of `keys`; undefined for one that is gone from its table. */
  readonly texts: (places: readonly number[]) => Promise<(string | undefined)[]>;
  /** The same for the number of columns that are filled. */
  readonly filled: (places: readonly number[]) => Promise<(number | undefined)[]>;
}

/** What a table has of the rows of an index. */
export function tableRows(
  database: Queryable,
  index: IndexRecord,
  keys: readonly Key[],
): Pick<ComparedRows, "texts" | "filled"> {
  return {
    texts: async (places) => {
      const wanted = places.map((place) => keys[place]!);
      const texts = await readTexts(database, index, wanted);
      return wanted.map((key) => texts.get(keyId(key)));
    },
    filled: async (places) => {
      const found: (number | undefined)[] = [];
      for (let start = 0; start < places.length; start += CHUNK_KEYS) {
        const wanted = places.slice(start, start + CHUNK_KEYS).map((place) => keys[place]!);
        const filled = await countFilled(database, index, wanted);
        for (const key of wanted) found.push(filled.get(keyId(key)));
      }
      return found;
    },
  };
}

/** The places of the rows, the preferred ones first. Of two that are as good, the one with the first key. */
export async function preferredOrder(rows: ComparedRows, keep: Keep): Promise<Int32Array> {
  const places = [...rows.keys.keys()];
  const order = Int32Array.from(places);
  if (keep === "first") return order;
  if (keep === "last") return order.reverse();
  const worths =
    keep === "longest"
      ? (await rows.texts(places)).map((text) => (text === undefined ? undefined : Array.from(text.trim()).length))
      : await rows.filled(places);
  // a row that is gone from the table, but not yet from the index, cannot survive
  const worth = (place: number): number => worths[place] ?? -1;
  return order.sort((a, b) => worth(b) - worth(a) || a - b);
}
