import type { StoredRow } from "../../ann/row-file.ts";

type Values = readonly (string | null)[];

/** The columns of a template that a stored row has, as Postgres writes them. */
export function valuesOf(columns: readonly string[], { row, values }: Pick<StoredRow, "row" | "values">): Values {
  return values ?? columns.map((column) => asText(row[column]));
}

/**
 * What must be stored beside a row (JSON of an object) so that {@link valuesOf} gives `values`. Mostly nothing, as
 * texts are in the row.
 */
export function valuesToStore(columns: readonly string[], row: string, values: Values): Values | undefined {
  const shown = valuesOf(columns, { row: JSON.parse(row) as StoredRow["row"] });
  return values.every((value, at) => value === shown[at]) ? undefined : values;
}

function asText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === "string" ? value : JSON.stringify(value);
}
