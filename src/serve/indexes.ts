import type { Index } from "../app/open/open-index.ts";
import { LtdError } from "../errors.ts";

/** The indexes that are served, by name. */
export type Indexes = ReadonlyMap<string, Index>;

/**
 * The index that a request means: the one it names, or the only one there is.
 *
 * @throws {LtdError} index: there is none of the name; usage: there are several and none is named
 */
export function indexOf(indexes: Indexes, name: string | undefined): Index {
  const hint = () => `"index" is one of: ${[...indexes.keys()].join(", ")}`;
  if (name === undefined) {
    const [only, second] = indexes.values();
    if (only !== undefined && second === undefined) return only;
    throw new LtdError("usage", "index is missing, and several are served", { hint: hint() });
  }
  const found = indexes.get(name);
  if (found !== undefined) return found;
  throw new LtdError("index", `no index ${JSON.stringify(name)} is served`, { hint: hint() });
}
