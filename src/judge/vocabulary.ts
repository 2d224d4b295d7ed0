import type { SparseVector } from "./controls.ts";

/** The lexemes that a classifier knows: the dimension of each, and its IDF. */
export type Vocabulary = ReadonlyMap<string, { readonly dimension: number; readonly idf: number }>;

/** More lexemes are not kept: the rarest go first. It bounds time and memory where there are very many examples. */
const MOST = 10_000;

/**
 * The lexemes of N texts with their IDF: 1 + ln((1 + N) / (1 + n)) for one in n texts. Keeps at most 10,000, the most
 * frequent first.
 * @param texts the lexemes of each, each once
 */
export function fitVocabulary(texts: readonly (readonly string[])[]): Vocabulary {
  const counts = new Map<string, number>();
  for (const text of texts) for (const lexeme of text) counts.set(lexeme, (counts.get(lexeme) ?? 0) + 1);
  const kept = [...counts].sort(([, a], [, b]) => b - a).slice(0, MOST);
  return new Map(
    kept.map(([lexeme, n], dimension) => [lexeme, { dimension, idf: 1 + Math.log((1 + texts.length) / (1 + n)) }]),
  );
}

/** The known lexemes of a text, each by its IDF, together of unit length; nothing where none is known. */
export function lexemeBag(vocabulary: Vocabulary, text: readonly string[]): SparseVector {
  const known = text.flatMap((lexeme) => vocabulary.get(lexeme) ?? []);
  const norm = Math.hypot(...known.map(({ idf }) => idf));
  return { indices: known.map(({ dimension }) => dimension), values: known.map(({ idf }) => idf / norm) };
}
