import type { Embedder } from "../../embed/embedder.ts";
import { lexemes } from "../../text/lexemes.ts";

/** The input of a classifier: the vector and the lexemes of each text, as the entry of a row has them. */
export async function classInputs(embedder: Embedder, texts: readonly string[]) {
  const inputs = texts.map((text) => embedder.encode(text));
  return {
    vectors: await embedder.embedInputs(inputs),
    lexemes: inputs.map((input) => (input ? lexemes(input) : [])),
  };
}
