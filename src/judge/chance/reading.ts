import { bareOf, bareText, hasMeaning, normalize, startOf, startUnits } from "../../text/normalize.ts";
import type { Lexicon, LexiconKind, Meaning } from "./lexicon.ts";
import { quantitiesOf, type Quantity } from "./quantity.ts";

/** What the judge looks up: the tables of a model, and the lexicon. */
export interface Knowledge {
  readonly lexicon: Lexicon;
  /** The words of a normalised text, blanks left out. */
  readonly cut: (normalized: string) => readonly string[];
  /** IDF of a word; that of an unknown one where no table has it. */
  readonly idf: (word: string) => number;
  /** The word's embedding in the student, of unit length; undefined for a word without one. */
  readonly vector: (word: string) => Float32Array | undefined;
}

/** A word of a text, or several that the lexicon knows as one. */
export interface Token {
  readonly text: string;
  readonly meanings: readonly Meaning[];
  /** IDF, at most {@link MOST_IDF}. */
  readonly idf: number;
  readonly vector: Float32Array | undefined;
  /** Whether it has a Latin letter or a digit. */
  readonly isLatin: boolean;
}

/** Members of one entry of the lexicon. */
export interface Members {
  readonly kind: Exclude<LexiconKind, "filler" | "same">;
  /** A form for each member. */
  readonly forms: Map<number, string>;
}

/** A text as the judge compares it. */
export interface Reading {
  readonly normalized: string;
  /** Its letters and digits. */
  readonly bare: string;
  readonly tokens: readonly Token[];
  /**
   * The tokens that say what it is about, without filler. All tokens where the others only name a role: 谢谢老师 is
   * about no teacher.
   */
  readonly content: readonly Token[];
  /** By entry of the lexicon: the members that it has a form of. */
  readonly members: ReadonlyMap<number, Members>;
  readonly quantities: readonly Quantity[];
  /** Latin words, each once. */
  readonly names: readonly string[];
}

/** Characters that are read: what two texts ask stands at their beginning. */
const MOST_CHARACTERS = 128;
/** Units of a text, at its beginning, that nearly always have them. */
export const JUDGED_UNITS = startUnits(MOST_CHARACTERS);
/** A rarer word says no more. */
export const MOST_IDF = 13;
/** Words that are joined to one form of the lexicon. */
const MOST_WORDS = 5;

/** Reads a text; some 20 µs for 20 characters. */
export function readText(text: string, knowledge: Knowledge): Reading {
  const normalized = startOf(text, MOST_CHARACTERS, normalize);
  const words = knowledge.cut(normalized).filter(hasMeaning);
  const tokens = joinForms(words, knowledge);
  const content = tokens.filter(({ meanings }) => !meanings.some(({ kind }) => kind === "filler"));
  const isAbout = content.some(({ meanings }) => !meanings.some(({ kind }) => kind === "role"));
  return {
    normalized,
    bare: bareOf(normalized),
    tokens,
    content: isAbout ? content : tokens,
    members: membersOf(tokens),
    quantities: quantitiesOf(normalized),
    names: [...new Set(Array.from(normalized.matchAll(/[a-z]+/g), ([name]) => name))],
  };
}

/** The first letters and digits of a text, as many as {@link readText} reads characters. */
export function readLetters(text: string): string {
  return startOf(text, MOST_CHARACTERS, bareText);
}

/** Joins neighbouring words to the longest form of the lexicon that begins with them. */
function joinForms(words: readonly string[], { lexicon, idf, vector }: Knowledge): Token[] {
  const tokens: Token[] = [];
  for (let start = 0; start < words.length;) {
    let [text, end] = [words[start]!, start + 1];
    const longest = lexicon.longestFrom.get(text[0]!) ?? 0;
    const most = Math.min(words.length, start + MOST_WORDS);
    for (let at = end, joined = text; at < most && joined.length < longest; at++) {
      joined += words[at]!;
      if (lexicon.meanings.has(joined)) [text, end] = [joined, at + 1];
    }
    tokens.push({
      text,
      meanings: lexicon.meanings.get(text) ?? [],
      idf: Math.min(MOST_IDF, idf(text)),
      vector: vector(text),
      isLatin: /[a-z0-9]/.test(text),
    });
    start = end;
  }
  return tokens;
}

function membersOf(tokens: readonly Token[]): Map<number, Members> {
  const found = new Map<number, Members>();
  for (const { text, meanings } of tokens) {
    for (const { kind, entry, member } of meanings) {
      if (kind === "filler" || kind === "same") continue;
      if (!found.has(entry)) found.set(entry, { kind, forms: new Map() });
      found.get(entry)!.forms.set(member, text);
    }
  }
  return found;
}
