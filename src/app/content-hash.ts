import { hash } from "node:crypto";
import type { Embedder } from "../embed/embedder.ts";

/**
 * 16 bytes of SHA-256 over everything that an entry depends on: model, text, and where the text has words with a weight of their own,
 * how it is cut and what they weigh. So two weightings give one hash to a text that has none of the words in which they differ.
 */
export function contentHash({ model, weights, encode }: Embedder, text: string): Uint8Array {
  const words = weights.size > 0 ? (encode(text)?.words ?? []) : [];
  if (!words.some((word) => weights.has(word))) return hashOfText(model.fingerprint, text);
  const weighed = words.map((word) => `${word}\0${weights.get(word)?.idf ?? ""}`);
  return hashOfText(model.fingerprint, [text, ...weighed].join("\0"));
}

/** Of what an entry holds beside the vector: counted up, so that entries of an older form are written again. 2: words and pairs. */
const ENTRY_FORM = "2";

/** The hash of a text under a model that weighs no word of it otherwise than its table does. */
export function hashOfText(fingerprint: string, text: string): Uint8Array {
  return hash("sha256", `${ENTRY_FORM}${fingerprint}\0${text}`, "buffer").subarray(0, 16);
}
