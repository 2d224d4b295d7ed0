/** Control characters (C0, DEL, C1), line separators, and the marks that turn the direction of a line. */
const CONTROLS = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b" };

/**
 * The text with every character escaped that would disturb a terminal. These move the cursor, clear the screen, end the
 * line or turn its direction: `\n`, `\x1b`, `\u{202e}`. The content of a row can then neither hide nor forge a line of
 * the output.
 */
export function visible(text: string): string {
  return text.replaceAll(CONTROLS, (character) => {
    const code = character.codePointAt(0)!.toString(16);
    return SHORT[character] ?? (code.length <= 2 ? `\\x${code.padStart(2, "0")}` : `\\u{${code}}`);
  });
}

/**
 * A copy of a result in which every string is {@link visible}, for a person to read. Numbers, dates and the like are
 * the same.
 */
export function visibleStrings<T>(value: T): T {
  return copy(value) as T;
}

function copy(value: unknown): unknown {
  if (typeof value === "string") return visible(value);
  if (Array.isArray(value)) return value.map(copy);
  if (value === null || typeof value !== "object") return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, copy(each)]));
}
