import { normalize } from "../../text/normalize.ts";
import type { Lexicon, Meaning } from "./lexicon.ts";
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
}

/** A text as the judge compares it. */
export interface Reading {
  readonly normalized: string;
  /** Its letters and digits. */
  readonly bare: string;
  readonly tokens: readonly Token[];
  /** The tokens that say what it is about: all of them where the others are filler. */
  readonly content: readonly Token[];
  readonly quantities: readonly Quantity[];
  /** Latin words, each once. */
  readonly names: readonly string[];
}

/** Characters that are read: what two texts ask stands at their beginning. */
const MOST_CHARACTERS = 128;
/** A rarer word says no more. */
export const MOST_IDF = 13;
/** Words that are joined to one form of the lexicon. */
const MOST_WORDS = 5;

/** Reads a text; some 20 µs for 20 characters. */
export function readText(text: string, knowledge: Knowledge): Reading {
  const normalized = Array.from(normalize(text)).slice(0, MOST_CHARACTERS).join("");
  const words = knowledge.cut(normalized).filter((word) => /[\p{L}\p{N}]/u.test(word));
  const tokens = joinForms(words, knowledge);
  const content = tokens.filter(({ meanings }) => !meanings.some(({ kind }) => kind === "filler"));
  return {
    normalized,
    bare: normalized.replaceAll(/[^\p{L}\p{N}]/gu, ""),
    tokens,
    content: content.length > 0 ? content : tokens,
    quantities: quantitiesOf(normalized),
    names: [...new Set(Array.from(normalized.matchAll(/[a-z]+/g), ([name]) => name))],
  };
}

/** Joins neighbouring words to the longest form of the lexicon that begins with them. */
function joinForms(words: readonly string[], { lexicon, idf, vector }: Knowledge): Token[] {
  const tokens: Token[] = [];
  for (let start = 0; start < words.length;) {
    let end = Math.min(words.length, start + MOST_WORDS);
    let text = words.slice(start, end).join("");
    while (end > start + 1 && (text.length > lexicon.longest || !lexicon.meanings.has(text)))
      text = words.slice(start, --end).join("");
    tokens.push({
      text,
      meanings: lexicon.meanings.get(text) ?? [],
      idf: Math.min(MOST_IDF, idf(text)),
      vector: vector(text),
    });
    start = end;
  }
  return tokens;
}
