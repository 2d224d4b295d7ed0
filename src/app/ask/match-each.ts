import { match, type MatchOptions, type MatchResult } from "./match.ts";
import { withoutRows, type Searchable } from "./searchable.ts";

/** Questions that are asked together. */
const TOGETHER = 64;

/**
 * {@link match} for any number of questions, some at a time: each with its result, in their order. Their answers have
 * no rows: see {@link withoutRows}.
 */
export async function* matchEach<Asked extends { readonly question: string }>(
  searchable: Searchable,
  all: readonly Asked[],
  options: MatchOptions,
): AsyncGenerator<readonly [Asked, MatchResult]> {
  for (let start = 0; start < all.length; start += TOGETHER) {
    const asked = all.slice(start, start + TOGETHER);
    const results = await match(
      withoutRows(searchable),
      asked.map(({ question }) => question),
      options,
    );
    for (const [at, result] of results.entries()) yield [asked[at]!, result];
  }
}
