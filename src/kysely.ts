/** Nearest neighbours in queries that you build with your own Kysely: `ltd-index/kysely`. */
import { CompiledQuery, type Expression, type RawBuilder, sql } from "kysely";
import { either, kinds, requireArgument } from "./check-arguments.ts";
import type { EntryTable, VectorColumn } from "./db/entries/entry-columns.ts";
import { entryView } from "./db/statement/key.ts";
import { setSearch, type SearchSettings } from "./db/ask/set-search.ts";
import { vectorText } from "./db/statement/vector-text.ts";

export type { EntryTable, VectorColumn } from "./db/entries/entry-columns.ts";
export type { SearchSettings } from "./db/ask/set-search.ts";

/** A column by name, `"e.embedding"`, or one that the compiler checks, `ref("e.embedding")`. */
export type VectorReference = string | Expression<VectorColumn>;

/**
 * A vector to be near to: the result of `embedOne`, numbers, or an expression. One such is the embedding of another
 * row.
 */
export type VectorValue = Float32Array | readonly number[] | Expression<VectorColumn>;

/**
 * The entries of an index, to select from or to join. With `entries<number>("faq").as("e")`, the key of the row is
 * `e.key`. A key of several columns is declared as `entries<[string, string]>("shop").as("e")`; its parts are `e.key_1`
 * and `e.key_2`.
 *
 * It is `ltd.entry_<index>`: the entries of whatever generation is live. An index that keeps its vectors in a column of
 * the table (`add --column`) has no `embedding` there: use your column.
 * @example
 * const db = new Kysely<Record<never, never>>({ dialect: new PostgresDialect({ pool: new Pool() }) });
 * const rows = await db.selectFrom(entries("faq").as("e")).select("e.key").limit(5).execute();
 */
export function entries<Key = string>(index: string): RawBuilder<EntryTable<Key>> {
  requireArgument("index of entries", index, kinds.name);
  return sql.raw<EntryTable<Key>>(entryView({ name: index }));
}

/**
 * Cosine distance, in [0, 2]; smaller is nearer. Order by it, with a limit: that is what the HNSW index answers.
 *
 * @example
 * const vector = await (await openIndex({ index: "faq" })).embedOne("怎么退款");
 * const distance = cosineDistance("e.embedding", vector); // for orderBy
 */
export function cosineDistance(column: VectorReference, vector: VectorValue): RawBuilder<number> {
  requireArgument("column", column, either(kinds.name, kinds.object));
  requireArgument("vector", vector, Array.isArray(vector) ? kinds.vector : kinds.object);
  const of = typeof column === "string" ? sql.ref(column) : column;
  return sql<number>`${of} <=> ${"toOperationNode" in vector ? vector : vectorText(vector)}`;
}

/**
 * Cosine similarity, in [-1, 1]; larger is nearer. To be selected: order by {@link cosineDistance}, which an index
 * answers.
 *
 * @example
 * const vector = await (await openIndex({ index: "faq" })).embedOne("怎么退款");
 * const column = similarity("e.embedding", vector).as("similarity"); // for select
 */
export function similarity(column: VectorReference, vector: VectorValue): RawBuilder<number> {
  return sql<number>`1 - (${cosineDistance(column, vector)})`;
}

/**
 * Lets filtered queries of this transaction scan the HNSW index until they have `limit` rows. Run `await
 * trx.executeQuery(searchSettings())` before the query. Without it, a condition that few rows pass may give fewer.
 * @example
 * const db = new Kysely<Record<never, never>>({ dialect: new PostgresDialect({ pool: new Pool() }) });
 * await db.transaction().execute((trx) => trx.executeQuery(searchSettings()));
 */
export function searchSettings(settings: SearchSettings = {}): CompiledQuery {
  const { text, values } = setSearch(settings);
  return CompiledQuery.raw(text, values);
}
