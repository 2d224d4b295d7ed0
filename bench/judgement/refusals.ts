import { wilson, type Interval } from "../../src/judge/interval.ts";
import { refusal } from "../../src/judge/refusal.ts";
import { rowOf } from "../../src/vector/matrix.ts";
import { number, table } from "../shared/markdown.ts";
import type { ByText } from "./by-text.ts";
import type { Distinct } from "./law-faq.ts";

/** What a threshold for negative questions does. */
export interface RefusalScore {
  from: number;
  /** Questions that mean a negative question of the row, and are refused. */
  refused: Interval;
  /** Questions that mean the row, and are refused nevertheless. */
  lost: Interval;
  /** Random other questions that are refused. */
  strangers: Interval;
}

const REFUSED_FROM = [-1, 0.6, 0.7, 0.75, 0.79, 0.85, 0.9];

/**
 * Gives each row the text of a row that differs from it as a negative question, and asks both in another wording. Rows have one alias where they
 * have a third wording.
 */
export async function measureRefusals(vectors: ByText, distinct: readonly Distinct[]): Promise<RefusalScore[]> {
  const own = await Promise.all(
    distinct.map(async ({ row, other }) => {
      const wordings = await vectors.list([row.row, ...row.wordings.slice(1, 2)]);
      return { own: wordings, negative: await vectors.list([other.row]) };
    }),
  );
  const asked = await vectors.of(distinct.map(({ row }) => row.wordings[0]!));
  const others = await vectors.of(distinct.map(({ other }) => other.wordings[0]!));
  const found = own.map((wordings, at) => ({
    lost: refusal(rowOf(asked, at), wordings),
    refused: refusal(rowOf(others, at), wordings),
    stranger: refusal(rowOf(asked, (at + 1) % asked.rows), wordings),
  }));
  return REFUSED_FROM.map((from) => {
    const isAbove = (similarity: number | null) => similarity !== null && similarity >= from;
    return {
      from,
      refused: share(found, ({ refused }) => isAbove(refused)),
      lost: share(found, ({ lost }) => isAbove(lost)),
      strangers: share(found, ({ stranger }) => isAbove(stranger)),
    };
  });
}

/** The share of those for which it is true, with its 95 % interval. */
export function share<Each>(of: readonly Each[], isOne: (each: Each) => boolean): Interval {
  return wilson(of.filter(isOne).length, of.length);
}

export const percent = (value: number): string => number(100 * value, 1);
export const interval = ({ value, low, high }: Interval): string =>
  `${percent(value)} (${percent(low)}–${percent(high)})`;

export function refusalTable(refusals: readonly RefusalScore[]): string {
  return table(
    [
      "a negative question refuses from",
      "refused of those that mean it",
      "of those that mean the row",
      "of other questions",
    ],
    refusals.map(({ from, refused, lost, strangers }) => [
      from === -1 ? "any similarity" : number(from, 2),
      interval(refused),
      interval(lost),
      interval(strangers),
    ]),
  );
}
