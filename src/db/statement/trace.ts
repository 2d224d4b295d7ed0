import type { Database, Queryable } from "../database.ts";

/** A statement that has ended. */
export interface TracedStatement {
  /** As it was sent; several of a pipeline have line breaks between them. */
  readonly sql: string;
  /** How many parameters it had. Their values are never shown: they are texts of rows. */
  readonly parameters: number;
  readonly milliseconds: number;
  /** Rows that it returned or copied; undefined if unknown. */
  readonly rows: number | undefined;
  readonly failed: boolean;
}

type OnStatement = (statement: TracedStatement) => void;

/** The same database, telling of every statement when it has ended, also those of its transactions. */
export function traceStatements(database: Database, onStatement: OnStatement): Database {
  return {
    ...traceQueryable(database, onStatement),
    kind: database.kind,
    name: database.name,
    table: (sql) =>
      traced(
        { sql, onStatement },
        () => database.table(sql),
        ({ rows }) => rows.length,
      ),
    transaction: (work, options) => database.transaction((tx) => work(traceQueryable(tx, onStatement)), options),
    pipeline: (statements, options) => {
      const sql = statements.map(({ text }) => text).join(";\n");
      const parameters = statements.reduce((sum, statement) => sum + (statement.parameters?.length ?? 0), 0);
      return traced(
        { sql, parameters, onStatement },
        () => database.pipeline(statements, options),
        (results) => results.at(-1)?.length,
      );
    },
    listen: (channel, onNotify) => database.listen(channel, onNotify),
    close: () => database.close(),
  };
}

function traceQueryable(queryable: Queryable, onStatement: OnStatement): Queryable {
  const none = () => undefined;
  return {
    query: <Row extends object>(sql: string, parameters: readonly unknown[] = []) =>
      traced(
        { sql, parameters: parameters.length, onStatement },
        () => queryable.query<Row>(sql, parameters),
        (rows) => rows.length,
      ),
    copyIn: (sql, data) =>
      traced(
        { sql, onStatement },
        () => queryable.copyIn(sql, data),
        (rows) => rows,
      ),
    copyOut: (sql, take) => traced({ sql, onStatement }, () => queryable.copyOut(sql, take), none),
    script: (sql) => traced({ sql, onStatement }, () => queryable.script(sql), none),
  };
}

/** Runs a statement and reports it, whether it succeeds or fails. */
async function traced<T>(
  { sql, parameters = 0, onStatement }: { sql: string; parameters?: number; onStatement: OnStatement },
  run: () => Promise<T>,
  rowsOf: (result: T) => number | undefined,
): Promise<T> {
  const start = performance.now();
  const tell = (failed: boolean, rows?: number) =>
    onStatement({ sql, parameters, milliseconds: performance.now() - start, rows, failed });
  try {
    const result = await run();
    tell(false, rowsOf(result));
    return result;
  } catch (error) {
    tell(true);
    throw error;
  }
}
