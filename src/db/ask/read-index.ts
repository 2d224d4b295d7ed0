import { LtdError } from "../../errors.ts";
import { requireWhole } from "../../range.ts";
import type { Database, Statement } from "../database.ts";
import { sqlState } from "../failure.ts";
import { GenerationSwitched, stateOf } from "../entries/generation-state.ts";
import type { IndexRecord } from "../index-record.ts";
import { requireMapped, sourceError } from "../source/source-error.ts";
import { expression, type SqlText } from "../statement/sql-text.ts";
import { statement, userStatement } from "../statement/statement.ts";

/** Which rows of an index are searched. */
export interface RowFilter {
  /**
   * What a row as JSON must contain: `{ category: "支付" }`. Safe with any value; a `bigint` or `numeric` may be a
   * string.
   */
  filter?: Readonly<Record<string, unknown>>;
  /**
   * A condition over the columns of the source, in SQL, as after WHERE. It is part of the statement: never make it of a
   * stranger's input.
   */
  where?: string;
}

/** Settings of a query. */
export interface ReadOptions extends RowFilter {
  /**
   * Candidates that the HNSW index considers, 1 to 1,000. More finds more of the true neighbours and costs time;
   * default 100.
   */
  efSearch?: number;
  signal?: AbortSignal | undefined;
  /** Called with Postgres' plan of each statement. There is a second one if a filter left too few rows. */
  onPlan?: (plan: QueryPlan) => void;
}

/** How Postgres answers a query. */
export interface QueryPlan {
  /** Our indexes that it uses: that of the vectors, that of the words. None: all rows are read, which is exact. */
  readonly indexes: readonly string[];
  /** The lines of EXPLAIN, vectors left out. */
  readonly lines: readonly string[];
}

/** What is read of an index together with its rows, as others may change it at any time. */
export interface IndexNow extends Pick<
  IndexRecord,
  "answerThreshold" | "suggestThreshold" | "answerMargin" | "judgeSlope" | "judgeOffset"
> {
  /** Without its report; read with a plan only, null otherwise. */
  readonly calibration: IndexRecord["calibration"];
  /** Whether a row has the alias that was asked for. */
  readonly isAlias: boolean;
  /** Share of the questions that the log of the index keeps; null: it is off. */
  readonly logSample: number | null;
}

/** A {@link RowFilter} as statements take it. */
export interface WrittenFilter {
  readonly contained: string | null;
  readonly where: SqlText | undefined;
}

/**
 * Runs a nearest-neighbour query for k rows, in one round trip. It has a read-only transaction of its own, with the
 * settings that such a query needs. Where a filter leaves fewer than k rows it is run again without the HNSW index, so
 * that rows that pass are never missed.
 *
 * Throws LtdError("source") when the source table is gone, LtdError("usage") for a condition that is none, and {@link
 * GenerationSwitched} when the generation is no longer what the record says.
 * @param alias letters and digits of a question, to be told whether they are an alias
 */
export async function readIndex<Row extends { readonly row: object }>(
  database: Database,
  index: IndexRecord,
  k: number,
  { efSearch = 100, filter, where, signal, onPlan }: ReadOptions,
  write: (filter: WrittenFilter) => Statement,
  alias: string | null = null,
): Promise<{ rows: Row[]; now: IndexNow }> {
  requireWhole("efSearch", efSearch, 1, 10_000);
  const ef = Math.min(1_000, Math.max(k, efSearch));
  const query = write({
    contained: filter === undefined ? null : JSON.stringify(filter, bigintAsText),
    where: where === undefined ? undefined : expression(where),
  });
  const settings = [
    // not all of our settings: a question keeps the limits of its role
    { text: userStatement("ask/begin-question"), isFrequent: true },
    { text: statement("source/begin-read"), parameters: [index.id, "false"], isFrequent: true },
    {
      text: statement("ask/search-settings"),
      parameters: [String(ef), index.id, alias, String(onPlan !== undefined)],
      isFrequent: true,
    },
    ...(where === undefined ? [] : [{ text: statement("statement/unpin-path") }]),
  ];
  const run = async (...further: Statement[]) => {
    const explain = onPlan ? [{ ...query, text: `explain ${query.text}`, isFrequent: false }] : [];
    // a plan that is kept is not made again because a setting has changed
    const asked = { ...query, isFrequent: query.isFrequent === true && further.length === 0 };
    const results = await database.pipeline([...settings, ...further, ...explain, asked], signal && { signal });
    const [now] = results[2] as (IndexNow & { readonly state: string })[];
    if (now?.state !== index.state) throw new GenerationSwitched(index);
    if (onPlan) onPlan(planOf(results.at(-2)!));
    return { rows: results.at(-1) as Row[], now };
  };
  try {
    let found = await run();
    if (found.rows.length < k && (filter !== undefined || where !== undefined))
      found = await run({ text: "select pg_catalog.set_config('enable_indexscan', 'off', true)" });
    if (found.rows.length === 0 && (await stateOf(database, index)) !== index.state)
      throw new GenerationSwitched(index);
    requireMapped(index, found.rows[0]?.row);
    return found;
  } catch (error) {
    // of another generation table and column may be gone, or have other dimensions
    if (isOfQuery(error) && (await stateOf(database, index)) !== index.state) throw new GenerationSwitched(index);
    if (where !== undefined && isOfQuery(error)) throw conditionError(error, index, where);
    throw sourceError(error, index);
  }
}

function planOf(rows: readonly { "QUERY PLAN"?: string }[]): QueryPlan {
  const lines = rows.map((row) => (row["QUERY PLAN"] ?? "").replaceAll(/'\[[^\]]*\]'/g, "'[…]'"));
  const found = lines.join("\n").matchAll(/(?:using|on) "?((?:entry_\d+|ltd_[^"\s]+)_(?:embedding|words)_idx)/g);
  return { indexes: [...new Set(Array.from(found, ([, name]) => name!))], lines };
}

function bigintAsText(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

/** Whether a statement fails so for what it says: syntax, names and types, values, what is not allowed. */
function isOfQuery(error: unknown): boolean {
  return /^(22|25|42)/.test(sqlState(error) ?? "");
}

function conditionError(cause: unknown, index: IndexRecord, where: string): LtdError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new LtdError("usage", `the condition ${where} cannot choose rows of ${index.schema}.${index.table}: ${why}`, {
    hint: `give one condition over its columns, as after WHERE: --where "category = 'payment'"`,
    cause,
  });
}
