import { LtdError } from "../../errors.ts";
import type { Database } from "../database.ts";
import { isDataError, sqlState } from "../failure.ts";
import type { IndexRecord } from "../index-record.ts";
import { sourceTable } from "../statement/key.ts";
import type { Source } from "./source.ts";
import { expression, quoteLiteral, quoteName, sqlText } from "../statement/sql-text.ts";
import { statement, userStatement } from "../statement/statement.ts";

/** The rows of a source that are indexed. */
export interface Filter {
  /** The condition as Postgres writes it, with all names outside of pg_catalog qualified. */
  readonly condition: string;
  /** The columns that it uses: a change of one of them can let a row enter or leave. */
  readonly columns: readonly string[];
}

/**
 * Reads a condition over the columns of a source, as it would stand after WHERE. Postgres parses it, as the predicate
 * of an index on an empty copy of the table, so that it cannot be anything but one condition that the row alone
 * decides.
 *
 * Throws LtdError("source") that says why it cannot be used.
 */
export async function parseFilter(database: Database, source: Source, text: string): Promise<Filter> {
  const table = `${source.schema}.${source.table}`;
  const refuse = (why: string, hint: string, cause?: unknown): LtdError =>
    new LtdError("source", `the condition ${text} cannot choose the rows of ${table}: ${why}`, { hint, cause });
  return database.transaction(async (tx) => {
    // with the role's own search_path: the condition may name what is in it
    await tx.query(userStatement("source/create-filter-table", { source: quoteName(source.schema, source.table) }));
    try {
      await tx.query(userStatement("source/create-filter-index", { condition: expression(text) }));
    } catch (error) {
      const names = source.columns.map((column) => column.name).join(", ");
      throw refuse(messageOf(error), hintFor(sqlState(error), names), error);
    }
    // so that every name that is not Postgres' own is written with its schema
    await tx.query("set local search_path = pg_catalog");
    const [read] = await tx.query<{ condition: string; tree: string; columns: string[] }>(
      statement("source/read-filter"),
    );
    const numbers = [...(read?.tree ?? "").matchAll(/:varattno (\d+)/g)].map((match) => Number(match[1]));
    if (read === undefined || numbers.length === 0 || numbers.includes(0)) {
      throw refuse("it uses no column", `say which rows: --where "status = 'public'"`);
    }
    const columns = read.columns.filter((_, at) => numbers.includes(at + 1));
    return { condition: read.condition, columns };
  });
}

/**
 * Runs work that evaluates the filter for many rows of an index. If it fails for one of them, the work is run again
 * with a filter that lets such rows pass, some 50 µs a row: a worker then counts the failure against each of them
 * alone.
 */
export async function withFilter<T>(index: IndexRecord, work: (index: IndexRecord) => Promise<T>): Promise<T> {
  try {
    return await work(index);
  } catch (error) {
    if (index.filter === null || !isDataError(error)) throw error;
    return work(withCarefulFilter(index));
  }
}

/** The index with a filter that passes rows for which its own fails. */
export function withCarefulFilter(index: IndexRecord): IndexRecord {
  if (index.filter === null) return index;
  const filter = sqlText`ltd.passes(${quoteLiteral(expression(index.filter))}, ${sourceTable(index)}.*)`;
  return { ...index, filter };
}

function messageOf(error: unknown): string {
  const cause = error instanceof LtdError ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}

function hintFor(state: string | undefined, columns: string): string {
  if (state === "42703") return `its columns are: ${columns}`;
  // invalid_object_definition: a function that is not immutable
  if (state === "42P17")
    return "a row can enter or leave only when it is written: compare with constants, not with now(), random() or a setting";
  return `give one condition over columns, as after WHERE: --where "status = 'public' and length(title) > 3"`;
}
