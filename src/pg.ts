/** Nearest neighbours in queries that you write for node-postgres: `ltd-index/pg`. */
import { either, kinds, requireArgument } from "./check-arguments.ts";
import { entryView } from "./db/statement/key.ts";
import { setSearch, type SearchSettings } from "./db/ask/set-search.ts";
import { quoteIdentifier } from "./db/statement/sql-text.ts";
import { vectorText } from "./db/statement/vector-text.ts";

export { registerTypes } from "pgvector/pg";
export type { SearchSettings } from "./db/ask/set-search.ts";

/** A query, or a piece of one. Pass it to `query` of a client or pool, or put it into another {@link sql}. */
export interface Sql {
  /** With `$1`, `$2`, … */
  readonly text: string;
  /** Of the parameters. */
  readonly values: unknown[];
}

// found by name, so that the pieces of two copies of this package fit together
const PIECES = Symbol.for("ltd-index/pg");

/** The literal and the parameters in turn: one literal more than parameters. */
interface Piece extends Sql {
  readonly [PIECES]: { readonly literals: readonly string[]; readonly parameters: readonly unknown[] };
}

/**
 * A query from a template: what stands in `${}` becomes a parameter, another `sql` a part of the text. A Float32Array
 * is a vector, and sent once however often it stands there.
 *
 * @example
 * await new Pool().query(sql`select * from faq where id = ${17}`);
 */
export function sql(template: TemplateStringsArray, ...inserted: readonly unknown[]): Sql {
  const literals = [template[0]!];
  const parameters: unknown[] = [];
  inserted.forEach((value, at) => {
    const after = template[at + 1]!;
    if (isPiece(value)) {
      const {
        literals: [first = "", ...rest],
        parameters: own,
      } = value[PIECES];
      literals[literals.length - 1] += first;
      literals.push(...rest);
      parameters.push(...own);
      literals[literals.length - 1] += after;
    } else {
      parameters.push(value);
      literals.push(after);
    }
  });
  return piece(literals, parameters);
}

/**
 * The entries of an index, to select from or to join. For example `join ${entries("faq")} e on e.key = f.id`; for a key
 * of several columns, `e.key_1`, `e.key_2`.
 *
 * It is `ltd.entry_<index>`: the entries of whatever generation is live. An index that keeps its vectors in a column of
 * the table (`add --column`) has no `embedding` there: use your column.
 * @example
 * await new Pool().query(sql`select key from ${entries("faq")} limit 5`);
 */
export function entries(index: string): Sql {
  requireArgument("index of entries", index, kinds.name);
  return piece([entryView({ name: index })], []);
}

/**
 * Cosine distance, in [0, 2]; smaller is nearer. Order by it, with a limit: that is what the HNSW index answers.
 *
 * @param column `"e.embedding"`, or an expression
 * @param vector what `embedOne` gave, numbers, or an expression
 * @example
 * const vector = await (await openIndex({ index: "faq" })).embedOne("怎么退款");
 * await new Pool().query(
 *   sql`select key from ${entries("faq")} e order by ${cosineDistance("e.embedding", vector)} limit 5`,
 * );
 */
export function cosineDistance(column: string | Sql, vector: Float32Array | readonly number[] | Sql): Sql {
  requireArgument("column", column, either(kinds.name, kinds.object));
  requireArgument("vector", vector, Array.isArray(vector) ? kinds.vector : kinds.object);
  const of = typeof column === "string" ? piece([column.split(".").map(quoteIdentifier).join(".")], []) : column;
  return sql`${of} <=> ${Array.isArray(vector) ? Float32Array.from(vector as number[]) : vector}`;
}

/**
 * Cosine similarity, in [-1, 1]; larger is nearer. To be selected: order by {@link cosineDistance}, which an index
 * answers.
 *
 * @example
 * const vector = await (await openIndex({ index: "faq" })).embedOne("怎么退款");
 * const selected = similarity("e.embedding", vector); // for the select list
 */
export function similarity(column: string | Sql, vector: Float32Array | readonly number[] | Sql): Sql {
  return sql`1 - (${cosineDistance(column, vector)})`;
}

/**
 * Lets filtered queries of this transaction scan the HNSW index until they have `limit` rows. Run `await
 * client.query(searchSettings())` after `begin`. Without it, a condition that few rows pass may give fewer.
 * @example
 * const client = await new Pool().connect();
 * await client.query("begin");
 * await client.query(searchSettings());
 */
export function searchSettings(settings: SearchSettings = {}): Sql {
  return setSearch(settings);
}

function isPiece(value: unknown): value is Piece {
  return typeof value === "object" && value !== null && PIECES in value;
}

function piece(literals: readonly string[], parameters: readonly unknown[]): Piece {
  const values: unknown[] = [];
  const vectors = new Map<Float32Array, number>();
  let text = literals[0]!;
  parameters.forEach((parameter, at) => {
    const isVector = parameter instanceof Float32Array;
    let number = isVector ? vectors.get(parameter) : undefined;
    if (number === undefined) {
      number = values.push(isVector ? vectorText(parameter) : parameter);
      if (isVector) vectors.set(parameter, number);
    }
    text += `$${number}${literals[at + 1]!}`;
  });
  return { text, values, [PIECES]: { literals, parameters } };
}
