import { LtdError } from "../errors.ts";
import { sqlState } from "./failure.ts";
import type { IndexRecord } from "./index-record.ts";

/** The error of a statement over a source table: says so when the table or a column of it is gone, else it is unchanged. */
export function sourceError(error: unknown, index: IndexRecord): unknown {
  const state = sqlState(error);
  // undefined_table, undefined_column, and undefined_function: no comparison of a retyped key with the old type
  if (state !== "42P01" && state !== "42703" && state !== "42883") return error;
  const message = error instanceof Error ? error.message : String(error);
  return new LtdError(
    "source",
    `the source of index ${index.name} (${index.schema}.${index.table}) has changed: ${message}`,
    {
      hint: "bring the table or the column back, or make the index anew (`ltd-index add`)",
      cause: error,
    },
  );
}
