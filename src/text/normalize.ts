import { SIMPLIFIED, TRADITIONAL } from "./simplified.ts";

/** What is looked for, a character at a time. */
export const patterns = {
  whiteSpace: /\s/u,
  control: /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\u{fffd}]/u,
  han: /\p{Script=Han}/u,
  meaning: /[\p{L}\p{N}]/u,
} as const;

const CONTROL = new RegExp(patterns.control, "gu");
const WHITE_SPACE = new RegExp(`${patterns.whiteSpace.source}+`, "gu");
/** Three or more ideographs with a blank between each two, as some forms and OCR give them: 怎 么 退 款. */
const SPACED_OUT = /(?<!\S)\p{Script=Han}(?: \p{Script=Han}){2,}(?!\S)/gu;
const TRADITIONAL_CHARACTER = new RegExp(`[${TRADITIONAL}]`, "gu");
const SIMPLIFIED_OF = new Map(Array.from(TRADITIONAL, (character, at) => [character, SIMPLIFIED[at]!]));

/**
 * One spelling for equal texts: NFKC (full-width to half-width, ligatures apart), lower case, white space collapsed to
 * one blank and trimmed, traditional characters simplified one by one, no blanks in a row of single ideographs, and no
 * control, format, private-use or unassigned characters, nor halves of surrogate pairs.
 *
 * Idempotent. Source: Unicode Standard Annex 15 (NFKC); OpenCC (the characters).
 *
 * @example
 * normalize("ＡＢＣ"); // "abc"
 */
export function normalize(text: string): string {
  const spelled = spellUnits(text) ?? spell(text);
  return spelled.includes(" ") ? tidyBlanks(spelled) : spelled;
}

/** All steps but those for blanks; white space is blanks afterwards, not yet one of each. */
function spell(text: string): string {
  return (
    text
      .toWellFormed()
      .replace(WHITE_SPACE, " ")
      // Before NFKC, as what stood on both sides may combine; tabs and line ends are control characters too, and are
      // blanks by now.
      .replace(CONTROL, "")
      .normalize("NFKC")
      .toLowerCase()
      .normalize("NFKC")
      .replace(TRADITIONAL_CHARACTER, (character) => SIMPLIFIED_OF.get(character)!)
  );
}

function tidyBlanks(text: string): string {
  return text
    .replace(WHITE_SPACE, " ")
    .trim()
    .replace(SPACED_OUT, (spaced) => spaced.replaceAll(" ", ""));
}

/**
 * Characters that do not depend on their neighbours, of which most Chinese text consists: ASCII, ideographs, their
 * punctuation and full-width forms.
 */
const INDEPENDENT = /^[ -~\u00b7\u2014-\u201f\u3000-\u3011\u4e00-\u9fff\uff01-\uff5e]$/;
/** The spelling of each UTF-16 unit; {@link DEPENDENT} where only the whole text tells. */
const unitSpellings = new Uint16Array(65_536);
const [UNSEEN, DEPENDENT] = [0, 1];

/** {@link spell}, ten times as fast; undefined for a text with a character that depends on others. */
function spellUnits(text: string): string | undefined {
  let spelled = "";
  let from = 0; // of the characters that stay as they are
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    let becomes = unitSpellings[unit]!;
    if (becomes === UNSEEN) becomes = unitSpellings[unit] = spellUnit(text[at]!);
    if (becomes === DEPENDENT) return undefined;
    if (becomes === unit) continue;
    spelled += text.slice(from, at) + String.fromCharCode(becomes);
    from = at + 1;
  }
  return from === 0 ? text : spelled + text.slice(from);
}

function spellUnit(character: string): number {
  const spelled = INDEPENDENT.test(character) ? spell(character) : "";
  return spelled.length === 1 ? spelled.charCodeAt(0) : DEPENDENT;
}

/**
 * The first characters of `form(text)`, such as {@link normalize} gives it. Of a long text the beginning is read, where
 * that is certain to be enough.
 *
 * @param form each character of what it gives depends on those next to it only
 */
export function startOf(text: string, characters: number, form: (text: string) => string): string {
  const units = startUnits(characters);
  // a surrogate half at the end is removed, and all that depends on the end is behind what is returned
  const read = form(text.slice(0, units));
  const whole = text.length <= units || read.length > 4 * characters ? read : form(text);
  if (whole.length <= characters) return whole;
  return Array.from(whole.slice(0, 2 * characters))
    .slice(0, characters)
    .join("");
}

/** UTF-16 units at the beginning of a text that {@link startOf} reads first. */
export function startUnits(characters: number): number {
  return 8 * characters;
}

/**
 * Whether a text says anything: it has a letter (Chinese characters are letters) or a digit. Emoji and punctuation
 * alone do not.
 *
 * @example
 * hasMeaning("😀！"); // false
 * hasMeaning("退款"); // true
 */
export function hasMeaning(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (isMeaning(text.charCodeAt(at))) return true;
  return SURROGATE.test(text) && patterns.meaning.test(text);
}

/** The letters and digits of a text, normalised. Texts that differ only in punctuation and blanks give the same. */
export function bareText(text: string): string {
  return bareOf(normalize(text));
}

/** The letters and digits of a normalised text. */
export function bareOf(normalized: string): string {
  if (SURROGATE.test(normalized)) return normalized.replaceAll(/[^\p{L}\p{N}]/gu, "");
  let bare = "";
  let from = 0; // of the characters that are kept
  for (let at = 0; at < normalized.length; at++) {
    if (isMeaning(normalized.charCodeAt(at))) continue;
    bare += normalized.slice(from, at);
    from = at + 1;
  }
  return from === 0 ? normalized : bare + normalized.slice(from);
}

const SURROGATE = /[\ud800-\udfff]/;
/** For each UTF-16 unit: 1 for a letter or a digit, 2 for none, {@link UNSEEN} at first. */
const unitMeanings = new Uint8Array(65_536);

/** Whether a UTF-16 unit is a letter or a digit by itself. */
function isMeaning(unit: number): boolean {
  if (unitMeanings[unit] === UNSEEN) unitMeanings[unit] = patterns.meaning.test(String.fromCharCode(unit)) ? 1 : 2;
  return unitMeanings[unit] === 1;
}
