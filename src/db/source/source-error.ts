import { LtdError } from "../../errors.ts";
import { sqlState } from "../failure.ts";
import type { IndexRecord } from "../index-record.ts";

/**
 * The error of a statement over a source table. Says so if the table or a column of it is gone; any other is returned
 * unchanged.
 */
export function sourceError(error: unknown, index: IndexRecord): unknown {
  const state = sqlState(error);
  // undefined_table, undefined_column, and undefined_function: no comparison of a retyped key with the old type
  if (state !== "42P01" && state !== "42703" && state !== "42883") return error;
  const message = error instanceof Error ? error.message : String(error);
  return new LtdError(
    "source",
    `the source of index ${index.name} (${index.schema}.${index.table}) has changed: ${message}`,
    {
      hint: "bring the table or the column back, or create the index again (`ltd-index add`)",
      cause: error,
    },
  );
}

/**
 * Throws LtdError("source") when the table was dropped. One that has its name now is another table: it has no triggers,
 * so that its changes would never be seen, and its keys may mean other rows.
 */
function requireSource(index: IndexRecord): void {
  if (index.sourceExists) return;
  const table = `${index.schema}.${index.table}`;
  throw new LtdError("source", `the table ${table} of index ${index.name} was dropped`, {
    hint: `if it was recreated, index the new one under another name: ltd-index add ${table} --name ${index.name}_2`,
  });
}

/** Throws LtdError("source") if the table lacks a column of the index, or its key has another type. */
export function requireUnchanged(index: IndexRecord): void {
  requireSource(index);
  const table = `${index.schema}.${index.table}`;
  if (index.missingColumns.length > 0) throw columnsMissing(index, index.missingColumns);
  index.key.forEach(({ name, type }, at) => {
    const now = index.keyTypesNow[at] ?? "of a type that cannot be in a key";
    if (now === type) return;
    throw new LtdError(
      "source",
      `the key column ${name} of ${table} was ${type} when the index ${index.name} was created, and is ${now} now`,
      { hint: recreate(index) },
    );
  });
}

/**
 * Throws LtdError("source") if a row lacks a column of the template. The column was dropped or renamed after the record
 * of the index was read, so the text would be without it.
 */
export function requireMapped(index: IndexRecord, row: object | undefined): void {
  if (row === undefined) return;
  const missing = index.columns.filter((column) => !Object.hasOwn(row, column));
  if (missing.length > 0) throw columnsMissing(index, missing);
}

function columnsMissing(index: IndexRecord, missing: readonly string[]): LtdError {
  const columns = missing.map((column) => JSON.stringify(column)).join(", ");
  const table = `${index.schema}.${index.table}`;
  return new LtdError("source", `${table} no longer has what the index ${index.name} is made of: ${columns}`, {
    hint: `bring the column back under this name, or ${recreate(index)}`,
  });
}

function recreate({ name }: IndexRecord): string {
  return `recreate the index: ltd-index remove ${name} --keep, then ltd-index add`;
}
