/** The `names` that may have been meant by `wanted`, nearest first, at most `limit`. */
export function similarNames(wanted: string, names: readonly string[], limit = 3): string[] {
  const sought = wanted.toLowerCase();
  return names
    .map((name) => ({ name, distance: distanceTo(sought, name.toLowerCase()) }))
    .filter(({ distance }) => distance <= Math.max(1, Math.floor(sought.length / 3)))
    .toSorted((left, right) => left.distance - right.distance)
    .slice(0, limit)
    .map(({ name }) => name);
}

/** Edits between two words, two letters that changed places being one. One word within the other counts as one edit. */
function distanceTo(left: string, right: string): number {
  if (left === right) return 0;
  if (left.length > 2 && right.length > 2 && (left.includes(right) || right.includes(left))) return 1;
  // optimal string alignment: rows[i][j] is the distance of the first i letters of left and the first j of right
  const rows = [Array.from({ length: right.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number): number => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    rows.push(current);
    for (let column = 1; column <= right.length; column += 1) {
      const [here, there] = [left[row - 1], right[column - 1]];
      const swapped =
        here === right[column - 2] && left[row - 2] === there ? at(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY;
      const replaced = at(row - 1, column - 1) + (here === there ? 0 : 1);
      current.push(Math.min(replaced, swapped, at(row - 1, column) + 1, at(row, column - 1) + 1));
    }
  }
  return at(left.length, right.length);
}
