import { dot } from "./product.ts";

/**
 * Similarity to the text from which a further wording counts in the row's vector. A wording further away would move the
 * vector to where it finds neither: measured in docs/aliases.md, `npm run bench:judgement -- --part aliases`.
 */
export const NEAR_WORDING = 0.7;

/**
 * The vector of a row with further wordings. Half of it is the text, half are the wordings near to it. D numbers of
 * unit length.
 * @param text of unit length
 * @param wordings of unit length, any number of them
 */
export function meanWording(
  text: Float32Array,
  wordings: readonly Float32Array[],
  nearest = NEAR_WORDING,
): Float32Array {
  const near = wordings.filter((wording) => dot(text, wording) >= nearest);
  if (near.length === 0) return text;
  const sum = Float64Array.from(text);
  for (const wording of near) for (let d = 0; d < sum.length; d++) sum[d]! += wording[d]! / near.length;
  const length = Math.hypot(...sum);
  return Float32Array.from(sum, (value) => value / length);
}
