import { SIMPLIFIED, TRADITIONAL } from "./simplified.ts";
import { patterns } from "./normalize.ts";

/**
 * The characters that decide how a text is normalised, for code that does it without JavaScript. Each class is the
 * inside of a bracket expression of ranges that both JavaScript and PostgreSQL read (`\u0009-\u000d\U0001f600`). They
 * are those of the Unicode version of this Node.js.
 */
export interface CharacterClasses {
  readonly whiteSpace: string;
  /** Characters that are dropped. */
  readonly control: string;
  /** Ideographs. */
  readonly han: string;
  /** Letters and digits. */
  readonly meaning: string;
  /** Characters beyond ASCII that have one lower-case character. At the same place in the other string, that one. */
  readonly upper: string;
  readonly lower: string;
  /** As {@link TRADITIONAL} and {@link SIMPLIFIED}. */
  readonly traditional: string;
  readonly simplified: string;
}

/** Looks at every character of Unicode; some 0.2 s. */
export function characterClasses(): CharacterClasses {
  const members = { whiteSpace: [], control: [], han: [], meaning: [] } as Record<keyof typeof patterns, number[]>;
  const tests = Object.entries(patterns) as [keyof typeof patterns, RegExp][];
  let upper = "";
  let lower = "";
  for (let code = 1; code <= 0x10ffff; code++) {
    if (code === 0xd800) code = 0xe000; // no text of a database has halves of surrogate pairs
    const character = String.fromCodePoint(code);
    for (const [name, pattern] of tests) if (pattern.test(character)) members[name].push(code);
    const small = code < 128 ? character : character.toLowerCase();
    if (small !== character && Array.from(small).length === 1) {
      upper += character;
      lower += small;
    }
  }
  const { whiteSpace, control, han, meaning } = members;
  return {
    whiteSpace: ranges(whiteSpace),
    control: ranges(control),
    han: ranges(han),
    meaning: ranges(meaning),
    upper,
    lower,
    traditional: TRADITIONAL,
    simplified: SIMPLIFIED,
  };
}

/** Ascending code points as ranges. */
function ranges(codes: readonly number[]): string {
  let text = "";
  for (let start = 0; start < codes.length;) {
    let end = start;
    while (codes[end + 1] === codes[end]! + 1) end++;
    text += escaped(codes[start]!);
    if (end > start) text += `-${escaped(codes[end]!)}`;
    start = end + 1;
  }
  return text;
}

function escaped(code: number): string {
  const hex = code.toString(16);
  return code > 0xffff ? `\\U${hex.padStart(8, "0")}` : `\\u${hex.padStart(4, "0")}`;
}
