import type { Command } from "commander";
import { grantCurator, grantReader } from "../../app/operate/grant.ts";
import { LtdError } from "../../errors.ts";
import { flagsOf, withDatabase, type Context } from "../context.ts";
import { writeResult } from "../output.ts";

export function defineGrant(verb: Command, context: Context): void {
  verb
    .argument("<kind>", "reader: asks the index; curator: also reads its log and accepts questions")
    .argument("<index>", "index that the role may ask")
    .argument("<to>", "the word to")
    .argument("<role>", "role, as Postgres knows it")
    .addHelpText(
      "after",
      `
Examples:
  ltd-index grant reader faq to support
  ltd-index grant reader faq to support | psql
  ltd-index grant curator faq to editors | psql
  ltd-index grant reader faq to support --json | jq -r '.statements[]'

Only prints: let the owner of schema ltd and of the table run it, and again after \`ltd-index sql install\`.`,
    )
    .action(async (kind: string, index: string, to: string, role: string, _options: object, command: Command) => {
      const flags = flagsOf(command);
      const grants = { reader: grantReader, curator: grantCurator }[kind];
      if (grants === undefined || to.toLowerCase() !== "to") {
        throw new LtdError("usage", `ltd-index grant ${kind} ${index} ${to} ${role} is not known`, {
          hint: `write: ltd-index grant reader ${index} to ${role}, or grant curator; what a worker needs: docs/roles.md`,
        });
      }
      const statements = await withDatabase(context, flags, (database) => grants(database, index, role));
      await writeResult(context, flags, { statements }, () => statements.map((each) => `${each};`).join("\n"));
    });
}
