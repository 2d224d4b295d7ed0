import { readAliases, type Alias } from "../../db/ask/alias.ts";
import type { Queryable } from "../../db/database.ts";
import type { IndexRecord, Key } from "../../db/index-record.ts";
import { keyId } from "../../db/statement/key.ts";
import { LtdError } from "../../errors.ts";
import { bareText } from "../../text/normalize.ts";
import { readTexts } from "../row-text.ts";

/** A further question that cannot be stored. */
export interface Clash<Wanted extends Alias = Alias> {
  readonly wanted: Wanted;
  /**
   * Why it clashes. With `alias` it is an alias of another row, with `negative` a negative question of the same row,
   * with `own` a negative question that is also an alias or the text of its row.
   */
  readonly why: "alias" | "negative" | "own";
  /** The row that has it. */
  readonly of: Key;
}

/** Those of further questions that clash with each other, or with what the index has. */
export async function clashes<Wanted extends Alias>(
  database: Queryable,
  index: IndexRecord,
  wanted: readonly Wanted[],
): Promise<Clash<Wanted>[]> {
  const negativeKeys = wanted.filter(({ isNegative }) => isNegative).map(({ key }) => key);
  const texts = await readTexts(database, index, negativeKeys);
  return clashesAmong(wanted, await readAliases(database, index.name, null), texts);
}

/**
 * Those that clash with each other, or with what is stored.
 *
 * @param texts of the rows that are given negative questions, by `keyId`
 */
export function clashesAmong<Wanted extends Alias>(
  wanted: readonly Wanted[],
  stored: readonly Alias[],
  texts: ReadonlyMap<string, string>,
): Clash<Wanted>[] {
  const owners = new Map(stored.filter(({ isNegative }) => !isNegative).map(({ alias, key }) => [alias, key]));
  const negatives = new Set(stored.filter(({ isNegative }) => isNegative).map(rowAndQuestion));
  const found: Clash<Wanted>[] = [];
  for (const each of wanted) {
    const { key, alias, isNegative } = each;
    const owner = owners.get(alias);
    const isOwn = owner !== undefined && keyId(owner) === keyId(key);
    if (isNegative) {
      if (isOwn || bareText(texts.get(keyId(key)) ?? "") === alias) found.push({ wanted: each, why: "own", of: key });
      else negatives.add(rowAndQuestion(each));
    } else if (owner !== undefined && !isOwn) found.push({ wanted: each, why: "alias", of: owner });
    else if (negatives.has(rowAndQuestion(each))) found.push({ wanted: each, why: "negative", of: key });
    else owners.set(alias, key);
  }
  return found;
}

/** The error for a clash. */
export function clashError({ name }: Pick<IndexRecord, "name">, { wanted, why, of }: Clash): LtdError {
  const asked = JSON.stringify(wanted.question);
  const row = of.join(", ");
  if (why === "own") {
    return new LtdError(
      "input",
      `${asked} is an alias or the text of the row ${row}: it cannot be a negative question of it`,
      {
        hint: `remove the alias first: ltd-index alias remove ${name} ${asked}`,
      },
    );
  }
  const isAlias = why === "alias";
  return new LtdError(
    "input",
    `${asked} is ${isAlias ? "an alias" : "a negative question"} of the row ${row} already`,
    {
      hint: `remove it first: ltd-index alias remove ${isAlias ? "" : "--not "}${name} ${asked}`,
    },
  );
}

function rowAndQuestion({ key, alias }: Pick<Alias, "key" | "alias">): string {
  return `${keyId(key)} ${alias}`;
}
