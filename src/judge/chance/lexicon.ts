import { LtdError } from "../../errors.ts";
import { normalize } from "../../text/normalize.ts";

/** What an entry of the lexicon says of two texts that have different members of it. */
export const LEXICON_KINDS = ["filler", "ask", "opposite", "role", "time", "unit", "thing", "same"] as const;
export type LexiconKind = (typeof LEXICON_KINDS)[number];

/** One meaning of a form: a member of an entry. Forms with equal entry and member mean the same. */
export interface Meaning {
  readonly kind: LexiconKind;
  readonly entry: number;
  readonly member: number;
}

/** Everyday words by their spelling. */
export interface Lexicon {
  readonly meanings: ReadonlyMap<string, readonly Meaning[]>;
  /** The forms of each member of an entry. */
  readonly entries: ReadonlyMap<number, readonly (readonly string[])[]>;
  /** Length of the longest form that begins with a UTF-16 unit. */
  readonly longestFrom: ReadonlyMap<string, number>;
}

/**
 * Reads a lexicon: one entry a line, `kind form = form | form`. A `=` joins forms of one meaning, a `|` separates
 * meanings that exclude each other. Lines that start with `#` are comments.
 * @throws {LtdError} "model" for a line of another form
 */
export function parseLexicon(lines: readonly string[]): Lexicon {
  const meanings = new Map<string, Meaning[]>();
  const entries = new Map<number, string[][]>();
  const longestFrom = new Map<string, number>();
  for (const [entry, line] of lines.entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const [kind = "", ...rest] = line.split(" ");
    if (!isKind(kind) || rest.length === 0) {
      throw new LtdError("model", `line ${entry + 1} of the judge's lexicon is not "kind form = form | form": ${line}`);
    }
    const members = rest
      .join(" ")
      .split("|")
      .map((forms) =>
        forms
          .split("=")
          .map(spell)
          .filter((form) => form !== ""),
      );
    entries.set(entry, members);
    for (const [member, forms] of members.entries()) {
      for (const form of forms) {
        const known = meanings.get(form) ?? [];
        if (known.some((each) => each.entry === entry && each.member === member)) continue;
        meanings.set(form, [...known, { kind, entry, member }]);
        longestFrom.set(form[0]!, Math.max(longestFrom.get(form[0]!) ?? 0, form.length));
      }
    }
  }
  return { meanings, entries, longestFrom };
}

const isKind = (kind: string): kind is LexiconKind => (LEXICON_KINDS as readonly string[]).includes(kind);

/** Forms are looked up without blanks: words are joined before the look-up. */
const spell = (form: string): string => normalize(form).replaceAll(" ", "");

/** Whether two forms share a meaning. */
export function meansSame(a: readonly Meaning[], b: readonly Meaning[]): boolean {
  return b.length > 0 && a.some((x) => b.some((y) => x.entry === y.entry && x.member === y.member));
}

/** Whether two forms are different members of one entry, and share no meaning. */
export function excludes(a: readonly Meaning[], b: readonly Meaning[]): boolean {
  return b.length > 0 && a.some((x) => x.kind !== "same" && b.some((y) => x.entry === y.entry)) && !meansSame(a, b);
}
