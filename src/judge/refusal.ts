import { dot } from "../vector/product.ts";

/**
 * Similarity from which a negative question refuses a question, in [-1, 1]. It must also be nearer than the row's own
 * wordings. Below this similarity the question means neither. Measured in docs/aliases.md, `npm run bench:judgement --
 * --part aliases`.
 */
export const REFUSED_FROM = 0.79;

/**
 * Similarity of a question to a negative question of a row. Null unless that is nearer than each of the row's own
 * wordings. The same as `refusal` in sql/ask/nearest.sql. All vectors have unit length.
 */
export function refusal(
  question: Float32Array,
  { own, negative }: { readonly own: readonly Float32Array[]; readonly negative: readonly Float32Array[] },
): number | null {
  const most = (vectors: readonly Float32Array[]) => Math.max(-1, ...vectors.map((vector) => dot(question, vector)));
  const nearest = most(negative);
  return nearest > most(own) ? nearest : null;
}

/**
 * Whether a row must not answer a question, as one of its negative questions means the same. In SQL `ltd.match` does
 * this too (sql/functions/match.sql).
 * @param found what {@link refusal} gave
 */
export function isRefused(found: number | null): boolean {
  return found !== null && found >= REFUSED_FROM;
}
