import { padEnd, padStart, widthOf } from "./display-width.ts";
import { translate } from "./language.ts";

/** Cells below each other: the first column to the left, numbers to the right. Chinese characters take two places. */
export function renderTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const names = header.map(translate);
  const widths = names.map((name, at) => Math.max(...[name, ...rows.map((row) => row[at] ?? "")].map(widthOf)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => (/^[-+−]?[\d.,]+( %)?$/.test(cell) ? padStart : padEnd)(cell, widths[at]!))
      .join("  ")
      .trimEnd();
  return [names, ...rows].map(line).join("\n");
}
