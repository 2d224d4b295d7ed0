import type { Queryable } from "../database.ts";
import { quoteName } from "./sql-text.ts";
import { statement } from "./statement.ts";

interface Grant {
  readonly kind: "function" | "procedure" | "table";
  readonly name: string;
  readonly arguments: string;
  readonly before: string;
  readonly after: string;
}

/**
 * Runs `work`, which recreates functions, tables or views of schema ltd, then restores their grants. If a function's
 * signature changed, its grants go to every overload of that name. Run it in a transaction.
 *
 * @param rename what the new ones are called
 */
export async function keepGrants<T>(
  tx: Queryable,
  names: readonly string[],
  work: () => Promise<T>,
  rename: (name: string) => string = (name) => name,
): Promise<T> {
  const grants = await tx.query<Grant>(statement("statement/list-grants"), [names]);
  const done = await work();
  for (const grant of grants) {
    const name = rename(grant.name);
    const quoted = quoteName("ltd", name);
    const run = (target: string) => tx.query(`${grant.before} ${grant.kind} ${target} ${grant.after}`);
    if (grant.kind === "table") await run(quoted);
    else {
      const signatures = await tx.query<{ arguments: string }>(statement("statement/list-signatures"), [name]);
      const same = signatures.filter((signature) => signature.arguments === grant.arguments);
      for (const signature of same.length > 0 ? same : signatures) await run(`${quoted}(${signature.arguments})`);
    }
  }
  return done;
}
