import {
  type Compilable,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  sql,
} from "kysely";
import type { Queryable } from "../database.ts";
import { own } from "./own.ts";
import type { SqlText } from "./sql-text.ts";

/** Composes statements that depend on the user's table; it never runs them: {@link run} does. */
export const builder = new Kysely<Record<string, never>>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (kysely) => new PostgresIntrospector(kysely),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});

/** Checked SQL text as a fragment for Kysely, so that identifiers are quoted in one place only. */
export function fragment<T = unknown>(text: SqlText): ReturnType<typeof sql.raw<T>> {
  return sql.raw<T>(text);
}

/** Compiles a statement and runs it. */
export function run<Row extends object>(queryable: Queryable, statement: Compilable<Row>): Promise<Row[]> {
  const { sql: text, parameters } = statement.compile();
  return queryable.query<Row>(own(text, "built"), parameters);
}
