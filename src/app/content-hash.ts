import { hash } from "node:crypto";
import type { Alias } from "../db/ask/alias.ts";
import type { Embedder } from "../embed/embedder.ts";

/** What is hashed of the aliases and negative questions of a row; their order does not matter. */
type Questions = readonly Pick<Alias, "question" | "isNegative">[];

/**
 * 16 bytes of SHA-256 over everything that an entry depends on. That is the model, the text, aliases and negative
 * questions; and if one of these has words with a weight of their own, their segmentation and weights. So two
 * weightings give one hash to a row that has none of the words in which they differ.
 */
export function contentHash({ model, weights, encode }: Embedder, text: string, questions: Questions = []): Uint8Array {
  const weighed = (each: string) => {
    const words = weights.size > 0 ? (encode(each)?.words ?? []) : [];
    if (!words.some((word) => weights.has(word))) return each;
    return [each, ...words.map((word) => `${word}\0${weights.get(word)?.idf ?? ""}`)].join("\0");
  };
  const asHashed = questions.map(({ question, isNegative }) => ({ question: weighed(question), isNegative }));
  return hashOfText(model.fingerprint, weighed(text), asHashed);
}

/**
 * Version of what an entry holds beside the vector. Raise it, and entries of an older form are written again. 2: words
 * and pairs.
 */
export const ENTRY_FORM = "2";

/** The hash of a row under a model that has its own weights for no word of it. */
export function hashOfText(fingerprint: string, text: string, questions: Questions = []): Uint8Array {
  // Postgres keeps no U+0000 in a text, and the kind of a question tells its beginning from a weight's
  const more = questions.map(({ question, isNegative }) => `\0${isNegative ? "not" : "also"}\0${question}`).toSorted();
  return hash("sha256", `${ENTRY_FORM}${fingerprint}\0${text}${more.join("")}`, "buffer").subarray(0, 16);
}
