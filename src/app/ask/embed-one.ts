import { LtdError } from "../../errors.ts";
import { rowOf, type Matrix } from "../../vector/matrix.ts";

/**
 * The vector of one text, by a function that embeds many. Throws LtdError "input" for a text without a letter or digit.
 */
export async function embedOne<Options>(
  embed: (texts: readonly string[], options?: Options) => Promise<Matrix>,
  text: string,
  options?: Options,
): Promise<Float32Array> {
  const vector = rowOf(await embed([text], options), 0);
  if (!Number.isNaN(vector[0])) return vector;
  throw new LtdError("input", `${JSON.stringify(text)} has no letter or digit, and so no vector`);
}
