/** 1,234.5 */
export const number = (value: number, digits = 0): string =>
  value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** Three digits of a number that may be small or large. */
export const digits = (value: number): string => number(value, value < 10 ? 2 : value < 100 ? 1 : 0);

/** Bytes as kB or MB. */
export const bytes = (value: number): string =>
  value < 1e6 ? `${number(value / 1e3, 1)} kB` : `${number(value / 1e6, 2)} MB`;

/** `1 round`, `2 rounds`. */
export const counted = (count: number, thing: string): string => `${number(count)} ${thing}${count === 1 ? "" : "s"}`;

/** A Markdown table: the first column to the left, the others to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  return line(head) + line(head.map((_, column) => (column === 0 ? "---" : "---:"))) + rows.map(line).join("");
}
