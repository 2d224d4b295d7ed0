import { NEGATION, NO_NEGATION } from "./feature.ts";
import { LEXICON_KINDS, type Lexicon } from "./lexicon.ts";
import { negatedPattern, questionPattern } from "./negation.ts";
import { DIRECTION } from "./order.ts";
import { DIGIT, NO_NUMBER, NUMBER, UNITS } from "./quantity.ts";

/** What the judge's functions in SQL are made of: the same patterns, for use without JavaScript. */
export interface JudgePatterns {
  /** Groups: all of it, 第, number, scale, unit, half, bound. */
  readonly number: string;
  readonly noNumber: string;
  /** What every number has. */
  readonly digit: string;
  /** JSON: canonical unit by spelling. */
  readonly units: string;
  readonly direction: string;
  /** Groups: all of it, what is negated. */
  readonly negated: string;
  readonly question: string;
  readonly negation: string;
  readonly noNegation: string;
}

/** @param han the inside of a class of ideographs, for Postgres' regular expressions */
export function judgePatterns(han: string): JudgePatterns {
  return {
    number: `(${NUMBER})`,
    noNumber: NO_NUMBER,
    digit: DIGIT,
    units: JSON.stringify(Object.fromEntries(UNITS)),
    direction: DIRECTION,
    negated: `(${negatedPattern(han)})`,
    question: questionPattern(han),
    negation: NEGATION,
    noNegation: NO_NEGATION,
  };
}

/**
 * A form of the lexicon as a row: its members, and the entries whose members exclude each other. A member is kind *
 * 1,000,000 + entry * 1,000 + member.
 */
export interface FormRow {
  readonly form: string;
  readonly members: readonly number[];
  readonly entries: readonly number[];
  readonly isFiller: boolean;
}

export function formRows({ meanings }: Lexicon): FormRow[] {
  return Array.from(meanings, ([form, all]) => ({
    form,
    members: all.map(({ kind, entry, member }) => LEXICON_KINDS.indexOf(kind) * 1_000_000 + entry * 1_000 + member),
    entries: all.flatMap(({ kind, entry }) => (kind === "same" ? [] : [entry])),
    isFiller: all.some(({ kind }) => kind === "filler"),
  }));
}
