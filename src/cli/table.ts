/** Cells below each other: the first column to the left, numbers to the right. Chinese characters take two places. */
export function renderTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((name, at) => Math.max(...[name, ...rows.map((row) => row[at] ?? "")].map(widthOf)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => {
        const blank = " ".repeat(widths[at]! - widthOf(cell));
        return /^[-+−]?[\d.,]+( %)?$/.test(cell) ? blank + cell : cell + blank;
      })
      .join("  ")
      .trimEnd();
  return [header, ...rows].map(line).join("\n");
}

function widthOf(text: string): number {
  return Array.from(text).reduce(
    (sum, character) => sum + (/[\u1100-\u115f\u2e80-\uffdc]/u.test(character) ? 2 : 1),
    0,
  );
}
