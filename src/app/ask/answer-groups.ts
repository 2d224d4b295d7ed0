import type { Key } from "../../db/index-record.ts";
import { bareText } from "../../text/normalize.ts";

/**
 * Rows of which those with the same text, but for punctuation and the like, are one: the first of them, with the keys of the others. The
 * order stays.
 *
 * Vectors are not looked at: 能 and 不能, or two amounts, can be as near as two spellings of one question.
 */
export function groupByText<Found extends { readonly key: Key; readonly text: string }>(
  found: readonly Found[],
): (Found & { readonly others: readonly Key[] })[] {
  const groups = new Map<string, Found & { others: Key[] }>();
  for (const row of found) {
    // a text of symbols alone is like itself only
    const text = bareText(row.text) || row.text;
    const group = groups.get(text);
    if (group === undefined) groups.set(text, { ...row, others: [] });
    else group.others.push(row.key);
  }
  return [...groups.values()];
}
