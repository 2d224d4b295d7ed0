import { sql } from "kysely";
import { LtdError } from "../errors.ts";
import { builder, fragment, run } from "./builder.ts";
import type { Database } from "./database.ts";
import type { IndexRecord, Key } from "./index-record.ts";
import { entryKeyNames, keyArray, sameKey, sourceKeyNames, sourceRows } from "./key.ts";
import { readIndex, type ReadOptions } from "./read-index.ts";
import { nearestParts } from "./search-parts.ts";
import { sqlText } from "./sql-text.ts";
import { statement } from "./statement.ts";
import { entryRows } from "./vector-column.ts";
import { vectorText } from "./vector-text.ts";
import { wantedKeys, wantedNames } from "./wanted-keys.ts";

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
      text: statement("nearest", nearestParts(index, sqlText`$3`, where)),
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

/** That the row of an entry `e` still passes the filter. In a select of its own: the filter's names could mean columns of the entry, too. */
export function passesFilter(index: IndexRecord) {
  if (index.filter === null) return sql<boolean>`true`;
  const f = sqlText`f`;
  const same = sameKey(f, sourceKeyNames(index), sqlText`e`, entryKeyNames(index.key));
  return sql<boolean>`exists (select from ${fragment(sourceRows(index))} as f where ${fragment<boolean>(same)})`;
}

/** Cosine of a cosine distance; rounding cannot take it out of [-1, 1]. */
function similarityOf(distance: number): number {
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
  const e = sqlText`e`;
  const [entry] = await run(
    database,
    builder
      .selectFrom(wantedKeys(index, [key]))
      .innerJoin(fragment(entryRows(index)).as<"e">(sql`e`), (join) =>
        join.on(fragment<boolean>(sameKey(e, entryKeyNames(index.key), sqlText`wanted`, wantedNames(index)))),
      )
      .select([
        fragment<Key>(keyArray(e, entryKeyNames(index.key))).as("key"),
        sql<string | null>`e.embedding`.as("embedding"),
      ]),
  );
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
