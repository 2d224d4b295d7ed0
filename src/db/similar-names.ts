/** Those of `names` that somebody who wrote `wanted` may have meant, nearest first, at most `limit`. */
export function similarNames(wanted: string, names: readonly string[], limit = 3): string[] {
  const sought = wanted.toLowerCase();
  return names
    .map((name) => ({ name, distance: distanceTo(sought, name.toLowerCase()) }))
    .filter(({ distance }) => distance <= Math.max(1, Math.floor(sought.length / 3)))
    .toSorted((left, right) => left.distance - right.distance)
    .slice(0, limit)
    .map(({ name }) => name);
}

/** Edits between two words (Levenshtein); one word within the other counts as one edit. */
function distanceTo(left: string, right: string): number {
  if (left === right) return 0;
  if (left.length > 2 && right.length > 2 && (left.includes(right) || right.includes(left))) return 1;
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const replaced = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
}
