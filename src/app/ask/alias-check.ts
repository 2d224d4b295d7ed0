import type { Alias } from "../../db/ask/alias.ts";
import type { Database } from "../../db/database.ts";
import type { Key } from "../../db/index-record.ts";
import { keyId } from "../../db/statement/key.ts";
import type { Generation } from "../live-index.ts";
import { clashes, type Clash } from "./alias-clash.ts";
import { toAliases, withRowKeys, type WantedAlias } from "./alias.ts";
import { matchEach } from "./match-each.ts";
import { searchableIndex, type Searchable } from "./searchable.ts";

/** A further question that should not be stored as it is. */
export interface AliasConflict {
  /** Position in the list, from 0 on. */
  readonly at: number;
  readonly key: Key;
  readonly question: string;
  /** See {@link Clash}: `addAlias` refuses these. `nearer`: another row is nearer to it than its own. */
  readonly why: Clash["why"] | "nearer";
  /** The row that has it, or is nearer. */
  readonly of: Key;
  /** `nearer`: similarity to that row, and to its own where that is among the first ten. */
  readonly similarity?: number;
  readonly ownSimilarity?: number | null;
}

/** What {@link checkAliases} found. */
export interface AliasCheck {
  readonly index: string;
  readonly checked: number;
  readonly conflicts: readonly AliasConflict[];
}

/** Rows among which an alias must find its own. */
const LOOKED_AT = 10;

/** What {@link findConflicts} checks: wordings with the keys of their rows, and those that clash. */
export interface CheckedAliases<Wanted extends Alias & { readonly at: number } = Alias & { readonly at: number }> {
  readonly index: string;
  readonly aliases: readonly Wanted[];
  readonly clashes: readonly Clash<Wanted>[];
}

/**
 * Checks wordings before `addAlias` stores them. Reports those that it would refuse, and aliases that are nearer to
 * another row. Writes nothing. Costs one `match` an alias.
 * @throws {LtdError} "input" for what is no question, and for a row that is not in the table
 */
export async function checkAliases(
  database: Database,
  generation: Generation,
  wanted: readonly WantedAlias[],
  { signal }: { signal?: AbortSignal } = {},
): Promise<AliasCheck> {
  const { record: index } = generation;
  const given = toAliases(index, wanted).map((alias, at) => ({ ...alias, at }));
  const aliases = await withRowKeys(database, index, given);
  const of = { index: index.name, aliases, clashes: await clashes(database, index, aliases) };
  return findConflicts(of, searchableIndex(database, generation), signal);
}

/** Asks the aliases that do not clash, and adds those that are nearer to another row. */
export async function findConflicts(
  { index, aliases, clashes: clashed }: CheckedAliases,
  searchable: Searchable,
  signal: AbortSignal | undefined,
): Promise<AliasCheck> {
  const found: AliasConflict[] = clashed.map(({ wanted: { at, key, question }, why, of }) => ({
    at,
    key,
    question,
    why,
    of,
  }));
  const clashing = new Set(found.map(({ at }) => at));
  const positive = aliases.filter(({ at, isNegative }) => !isNegative && !clashing.has(at));
  const options = { limit: LOOKED_AT, ...(signal && { signal }) };
  for await (const [{ at, key, question }, { answers }] of matchEach(searchable, positive, options)) {
    const own = answers.find((answer) => [answer.key, ...answer.others].some((each) => keyId(each) === keyId(key)));
    const [first] = answers;
    if (first === undefined || first === own) continue;
    const ownSimilarity = own?.similarity ?? null;
    found.push({ at, key, question, why: "nearer", of: first.key, similarity: first.similarity, ownSimilarity });
  }
  return { index, checked: aliases.length, conflicts: found.toSorted((a, b) => a.at - b.at) };
}
