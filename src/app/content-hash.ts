import { createHash } from "node:crypto";
import type { Embedder } from "../embed/embedder.ts";

/** 16 bytes of SHA-256 over everything that an entry depends on. */
export function contentHash(embedder: Embedder, text: string): Uint8Array {
  return hashOfText(embedder.model.fingerprint, text);
}

/** The hash of a text under a model that weighs no word otherwise than its table does. */
export function hashOfText(fingerprint: string, text: string): Uint8Array {
  return createHash("sha256").update(fingerprint).update("\0").update(text).digest().subarray(0, 16);
}
