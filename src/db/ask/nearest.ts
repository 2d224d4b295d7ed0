import { LtdError } from "../../errors.ts";
import type { Database } from "../database.ts";
import type { IndexRecord, Key } from "../index-record.ts";
import { entryKeyNames, isWanted, keyArray, keyId, keyParameters, wantedTable } from "../statement/key.ts";
import { type IndexNow, readIndex, type ReadOptions } from "./read-index.ts";
import { nearestParts, type RowParts } from "./search-parts.ts";
import { sqlText } from "../statement/sql-text.ts";
import { statement } from "../statement/statement.ts";
import { entryRows, guardEntryRows } from "../entries/vector-column.ts";
import { vectorText } from "../statement/vector-text.ts";

/** A row that {@link nearest} found. */
export interface Neighbour {
  readonly key: Key;
  /** Cosine, in [-1, 1]; larger is nearer. */
  readonly similarity: number;
  /** The source row as it is now, as JSON values; `bigint` and `numeric` are strings. */
  readonly row: Readonly<Record<string, unknown>>;
  /** The columns of the template as text, in its order. */
  readonly values: readonly (string | null)[];
  /**
   * Similarity to a negative question of the row, where that is nearer than each wording of the row. Otherwise null.
   */
  readonly refusal: number | null;
  /** Aliases of the row: other wordings of what it says. */
  readonly wordings: readonly string[];
}

/** Settings of {@link nearestNow}. */
export interface NearestOptions extends ReadOptions, RowParts {}

/**
 * The k rows nearest to `vector` (`index.dims` numbers), nearest first. Rows that are gone from the source or do not
 * pass the filter are passed over.
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
  return (await nearestNow(database, index, vector, k, null, options)).near;
}

/** {@link nearest}, with what the index is now, and whether a row has the alias: all in one round trip. */
export async function nearestNow(
  database: Database,
  index: IndexRecord,
  vector: Float32Array,
  k: number,
  alias: string | null,
  options: NearestOptions,
): Promise<{ near: Neighbour[]; now: IndexNow }> {
  const parameter = vectorParameter(index, vector);
  const { rows, now } = await readIndex<NearRow>(
    database,
    index,
    k,
    options,
    ({ contained, where }) => {
      const filter = { where, contained: contained === null ? null : sqlText`$2` };
      return {
        text: statement("ask/nearest", nearestParts(index, k, filter, options)),
        parameters: contained === null ? [parameter] : [parameter, contained],
        isFrequent: where === undefined,
      };
    },
    alias,
  );
  return { near: rows.map(toNeighbour), now };
}

/** A vector as a parameter. */
export function vectorParameter(index: IndexRecord, vector: Float32Array): string {
  if (vector.length !== index.dims) {
    throw new RangeError(`a vector of ${vector.length} dimensions for index ${index.name}, which has ${index.dims}`);
  }
  return vectorText(vector);
}

/** A row that a statement found. */
export interface NearRow extends Omit<Neighbour, "similarity" | "refusal" | "wordings"> {
  readonly distance: number;
  readonly refusal?: number | null;
  readonly wordings?: readonly string[];
}

/** Gives it the cosine of its cosine distance; rounding cannot take it out of [-1, 1]. */
export function toNeighbour({ distance, refusal = null, wordings = [], ...found }: NearRow): Neighbour {
  return { ...found, refusal, wordings, similarity: Math.max(-1, Math.min(1, 1 - distance)) };
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
  const entry = requireVector(index.name, key, await findVector(database, index, key));
  return withoutRow(await nearest(database, index, entry.vector, k + 1, options), entry, k);
}

/** A row of an index that has a vector. */
export interface KeyedVector {
  /** As the entry has it. */
  readonly key: Key;
  readonly vector: Float32Array;
}

/** The vector of a row; undefined: it is not in the index, null: its text is empty. */
export async function findVector(
  database: Database,
  index: IndexRecord,
  key: Key,
): Promise<KeyedVector | null | undefined> {
  const [e, names] = [sqlText`e`, entryKeyNames(index.key)];
  const find = statement("ask/find-vector", {
    key: keyArray(e, names, index.key),
    entries: entryRows(index),
    wanted: wantedTable(index),
    same_key: isWanted(index, e, names),
  });
  await guardEntryRows(database, index);
  const parameters = keyParameters(index, [key]);
  const [entry] = await database.query<{ key: Key; embedding: string | null }>(find, parameters);
  if (entry?.embedding == null) return entry && null;
  return { key: entry.key, vector: Float32Array.from(JSON.parse(entry.embedding) as number[]) };
}

/** Throws LtdError("input") for a row that has no vector: see {@link findVector}. */
export function requireVector(index: string, key: Key, found: KeyedVector | null | undefined): KeyedVector {
  if (found) return found;
  const what = found === undefined ? "is not in the index" : "has an empty text";
  throw new LtdError("input", `the row ${key.join(", ")} ${what} ${index}`, {
    hint: "run `ltd-index sync`, or give another key",
  });
}

/** The first k of the rows nearest to a row, itself left out. */
export function withoutRow(near: readonly Neighbour[], { key }: Pick<KeyedVector, "key">, k: number): Neighbour[] {
  return near.filter((each) => keyId(each.key) !== keyId(key)).slice(0, k);
}
