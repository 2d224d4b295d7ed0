import { dot } from "../vector/product.ts";

/**
 * Similarity from which a negative question refuses a question that is nearer to it than to the row's own wordings, in
 * [-1, 1]. Below, the question means neither. Measured in docs/aliases.md, `npm run bench:judgement -- --part aliases`.
 */
export const REFUSED_FROM = 0.79;

/**
 * Similarity of a question to a negative question of a row, where that is nearer than each of the row's own wordings;
 * null otherwise. The same as `refusal` in sql/ask/nearest.sql. All vectors have unit length.
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
 * Whether a row must not answer a question, as the question means one of the row's negative questions. `ltd.match` does
 * the same (sql/functions/match.sql).
 *
 * @param found what {@link refusal} gave
 */
export function isRefused(found: number | null): boolean {
  return found !== null && found >= REFUSED_FROM;
}
