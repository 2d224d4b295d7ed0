import { LtdError, type ErrorCode } from "../../errors.ts";

/** What is given a name by a user: it becomes part of names in schema ltd. */
export type Named = "an index" | "a classifier" | "a clustering" | "a front" | "a shard";

/** As the checks of the tables in `migrations/` have it. */
const NAME = /^[a-z][a-z0-9_]{0,39}$/;

/** Whether a name is made of lower case letters, digits and `_`, a letter first, at most 40 characters. */
export function isName(name: string): boolean {
  return NAME.test(name);
}

/**
 * Requires that {@link isName}.
 * @param advice text before the rule in the hint
 * @throws LtdError of the given code
 */
export function requireName(named: Named, name: string, code: ErrorCode, advice = ""): void {
  if (isName(name)) return;
  throw new LtdError(code, `${named} cannot be called ${JSON.stringify(name)}`, {
    hint: `${advice}lower case letters, digits and _, a letter first, at most 40 characters`,
  });
}
