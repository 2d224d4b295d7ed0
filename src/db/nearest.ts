import { sql } from "kysely";
import { LtdError } from "../errors.ts";
import { builder, fragment, run } from "./builder.ts";
import type { Database } from "./database.ts";
import { sqlState } from "./failure.ts";
import { GenerationSwitched, stateOf } from "./generation-state.ts";
import type { IndexRecord, Key } from "./index-record.ts";
import { entryKeyNames, keyArray, sameKey, sourceKeyNames, sourceRows, sourceTable } from "./key.ts";
import { sourceError } from "./source-error.ts";
import { quoteIdentifier, quoteName, sqlText } from "./sql-text.ts";
import { statement } from "./statement.ts";
import { entryRows, vectorColumn } from "./vector-column.ts";
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

/** Settings of {@link nearest}. */
export interface NearestOptions {
  /** Candidates that the HNSW index looks at, 1 to 1,000; more finds more of the true neighbours and costs time; default 100. */
  efSearch?: number;
  signal?: AbortSignal | undefined;
}

/**
 * The k rows nearest to `vector` (`index.dims` numbers), nearest first; rows that are gone from the source are passed over.
 *
 * Approximate once the HNSW index is built, exact before. Throws LtdError("source") when the source table is gone, and
 * {@link GenerationSwitched} when the generation is no longer what the record says.
 */
export async function nearest(
  database: Database,
  index: IndexRecord,
  vector: Float32Array,
  k: number,
  options: NearestOptions = {},
): Promise<Neighbour[]> {
  if (vector.length !== index.dims) {
    throw new RangeError(`a vector of ${vector.length} dimensions for index ${index.name}, which has ${index.dims}`);
  }
  const rows = builder
    .selectFrom(nearestEntries(index, vector, k).as("found"))
    .select(["found.key", "found.distance", sql<Neighbour["row"]>`to_jsonb(found.source)`.as("row")])
    .orderBy("found.distance");
  const efSearch = Math.min(1_000, Math.max(k, options.efSearch ?? 100));
  try {
    const found = await database.transaction(async (tx) => {
      const settings = [String(efSearch), index.id];
      const [now] = await tx.query<{ state: string | null }>(statement("search-settings"), settings);
      if (now?.state !== index.state) throw new GenerationSwitched(index);
      return run(tx, rows);
    }, options);
    if (found.length === 0 && (await stateOf(database, index)) !== index.state) throw new GenerationSwitched(index);
    return found.map(({ key, distance, row }) => ({ key, similarity: Math.max(-1, Math.min(1, 1 - distance)), row }));
  } catch (error) {
    // dropped between the two statements
    if (sqlState(error) === "42P01" && (await stateOf(database, index)) !== index.state)
      throw new GenerationSwitched(index);
    throw sourceError(error, index);
  }
}

/** The bare `order by … limit` that the HNSW index answers, joined with the source so that k rows are left. */
function nearestEntries(index: IndexRecord, vector: Float32Array, k: number) {
  const [e, s] = [sqlText`e`, sqlText`s`];
  const names = entryKeyNames(index.key);
  const type = fragment(quoteName(index.vectorSchema, "vector"));
  const operator = fragment(sqlText`operator(${quoteIdentifier(index.vectorSchema)}.<=>)`);
  return (
    builder
      .selectFrom(fragment(entryRows(index)).as<"e">(sql`e`))
      .innerJoin(fragment(sourceTable(index)).as<"s">(sql`s`), (join) =>
        join.on(fragment<boolean>(sameKey(s, sourceKeyNames(index), e, names))),
      )
      .where(sql<boolean>`e.embedding is not null`)
      // a column has the vectors of whatever generation is live: the same snapshot must say that it is this one
      .$if(vectorColumn(index) !== null, (rows) =>
        rows.where(sql<boolean>`(select i.state from ltd.index i where i.id = ${index.id}) = 'live'`),
      )
      .where(passesFilter(index))
      .select([
        fragment<Key>(keyArray(e, names)).as("key"),
        sql<number>`e.embedding ${operator} ${vectorText(vector)}::${type}`.as("distance"),
        // a bare s would be the column of that name where the table has one
        fragment<unknown>(sqlText`${s}.*::${sourceTable(index)}`).as("source"),
      ])
      .orderBy("distance")
      .limit(k)
  );
}

/** That the row of an entry `e` still passes the filter. In a select of its own: the filter's names could mean columns of the entry, too. */
export function passesFilter(index: IndexRecord) {
  if (index.filter === null) return sql<boolean>`true`;
  const f = sqlText`f`;
  const same = sameKey(f, sourceKeyNames(index), sqlText`e`, entryKeyNames(index.key));
  return sql<boolean>`exists (select from ${fragment(sourceRows(index))} as f where ${fragment<boolean>(same)})`;
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
  options: NearestOptions = {},
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
