import { LtdError, type ErrorCode } from "../../errors.ts";

/** What is given a name by a user: it becomes part of names in schema ltd. */
export type Named = "an index" | "a classifier" | "a clustering" | "a front" | "a shard";

/** Chinese characters that have one encoding: without those for compatibility, which NFC would replace. */
const CHINESE = String.raw`\u3007\u3400-\u4dbf\u4e00-\u9fff\u{20000}-\u{2f7ff}\u{30000}-\u{3fffd}`;

/** As `ltd.is_name` has it. */
const NAME = new RegExp(`^[a-z${CHINESE}][a-z0-9_${CHINESE}]*$`, "u");
const NO_PART = new RegExp(`[^a-z0-9${CHINESE}]+`, "gu");

/** Postgres cuts names at 63 bytes; the longest of ours is `ltd_<name>_embedding_idx`. */
const MOST_BYTES = 45;

/**
 * Whether a name can be given to an index, a classifier, a clustering, a front or a shard.
 *
 * Letters a to z in lower case, Chinese characters, digits and `_`, a letter or Chinese character first, in at most 45
 * bytes of UTF-8. Names that look the same are the same bytes: all are in NFKC.
 */
export function isName(name: string): boolean {
  return NAME.test(name) && Buffer.byteLength(name) <= MOST_BYTES;
}

/**
 * Requires that {@link isName}.
 * @param advice text before the rule in the hint
 * @throws LtdError of the given code
 */
export function requireName(named: Named, name: string, code: ErrorCode, advice = ""): void {
  if (isName(name)) return;
  const similar = nameFrom(name);
  const example = similar === undefined ? "" : `for example ${similar}: `;
  throw new LtdError(code, `${named} cannot be called ${JSON.stringify(name)}`, {
    hint: `${advice}${example}lower case letters, Chinese characters, digits and _, not a digit or _ first, at most ${MOST_BYTES} bytes (15 Chinese characters)`,
  });
}

/** The name that is most like a text, if any is. Letters lose their width and accents. */
function nameFrom(text: string): string | undefined {
  const letters = text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  let name = letters.replace(NO_PART, "_").replace(/^_/, "");
  while (Buffer.byteLength(name) > MOST_BYTES) name = name.replace(/.$/u, "");
  name = name.replace(/_$/, "");
  return isName(name) ? name : undefined;
}
