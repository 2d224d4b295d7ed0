/**
 * Characters that are segmented, embedded and written together. Words take some hundred times as many bytes in memory.
 */
const TOGETHER_CHARACTERS = 1 << 18;

/**
 * Groups of rows, in their order, of some 260,000 characters each. Short texts fit in one group; of the longest, some
 * sixty do.
 */
export function* groupByLength<Row>(rows: readonly Row[], lengthOf: (row: Row) => number): Generator<Row[]> {
  let group: Row[] = [];
  let characters = 0;
  for (const row of rows) {
    group.push(row);
    characters += lengthOf(row);
    if (characters < TOGETHER_CHARACTERS) continue;
    yield group;
    group = [];
    characters = 0;
  }
  if (group.length > 0) yield group;
}
