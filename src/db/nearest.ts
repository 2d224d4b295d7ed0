import { LtdError } from "../errors.ts";
import type { Database } from "./database.ts";
import type { IndexRecord, Key } from "./index-record.ts";
import { entryKeyNames, keyArray, keyParameters, keyTypeNames, sameKey, wantedNames } from "./key.ts";
import { readIndex, type ReadOptions } from "./read-index.ts";
import { nearestParts } from "./search-parts.ts";
import { joinSql, sqlText } from "./sql-text.ts";
import { statement } from "./statement.ts";
import { entryRows } from "./vector-column.ts";
import { vectorText } from "./vector-text.ts";

/** A row that {@link nearest} found. */
export interface Neighbour {
  readonly key: Key;
  /** Cosine, in [-1, 1]; larger is nearer. */
  readonly similarity: number;
  /** The source row as it is now, as JSON values: an integer beyond 2^53 loses digits here, never in `key`. */
  readonly row: Readonly<Record<string, unknown>>;
}

/**
 * The k rows nearest to `vector` (`index.dims` numbers), nearest first; rows that are gone from the source or do not pass the filter are
 * passed over.
 *
 * Approximate once the HNSW index is built, exact before. Throws as {@link readIndex} does.
 */
export async function nearest(
  database: Database,
  index: IndexRecord,
  vector: Float32Array,
  k: number,
  options: ReadOptions = {},
): Promise<Neighbour[]> {
  const parameter = vectorParameter(index, vector);
  const found = await readIndex<{ key: Key; distance: number; row: Neighbour["row"] }>(
    database,
    index,
    k,
    options,
    ({ contained, where }) => ({
      text: statement("nearest", nearestParts(index, where)),
      parameters: [parameter, k, contained],
    }),
  );
  return found.map(({ key, distance, row }) => ({ key, similarity: similarityOf(distance), row }));
}

/** A vector as a parameter. */
export function vectorParameter(index: IndexRecord, vector: Float32Array): string {
  if (vector.length !== index.dims) {
    throw new RangeError(`a vector of ${vector.length} dimensions for index ${index.name}, which has ${index.dims}`);
  }
  return vectorText(vector);
}

/** Cosine of a cosine distance; rounding cannot take it out of [-1, 1]. */
export function similarityOf(distance: number): number {
  return Math.max(-1, Math.min(1, 1 - distance));
}

/**
 * The k rows nearest to another row of the index, itself left out.
 *
 * Throws LtdError("input") when that row has no entry, or an empty text.
 */
export async function nearestToKey(
  database: Database,
  index: IndexRecord,
  key: Key,
  k: number,
  options: ReadOptions = {},
): Promise<Neighbour[]> {
  const [e, names] = [sqlText`e`, entryKeyNames(index.key)];
  const arrays = keyTypeNames(index).map((type, column) => sqlText`$${column + 1}::${type}[]`);
  const find = statement("find-vector", {
    key: keyArray(e, names),
    entries: entryRows(index),
    key_arrays: joinSql(arrays),
    wanted_names: joinSql(wantedNames(index)),
    same_key: sameKey(e, names, sqlText`wanted`, wantedNames(index)),
  });
  const parameters = keyParameters(index, [key]);
  const [entry] = await database.query<{ key: Key; embedding: string | null }>(find, parameters);
  if (entry?.embedding == null) {
    const what = entry === undefined ? "is not in the index" : "has an empty text";
    throw new LtdError("input", `the row ${key.join(", ")} ${what} ${index.name}`, {
      hint: "run `ltd-index sync`, or give another key",
    });
  }
  const found = await nearest(
    database,
    index,
    Float32Array.from(JSON.parse(entry.embedding) as number[]),
    k + 1,
    options,
  );
  return found.filter((each) => each.key.join("\0") !== entry.key.join("\0")).slice(0, k);
}
