import type { Command } from "commander";
import { remove } from "../../app/keep/remove.ts";
import { flagsOf, withDatabase, type Context } from "../context.ts";
import { writeResult } from "../output.ts";

export function defineRemove(verb: Command, context: Context): void {
  verb
    .argument("<index>", "index to take away")
    .addHelpText(
      "after",
      `
Examples:
  ltd-index remove faq
  ltd-index remove faq && ltd-index add faq --text "{title} {body}"
  ltd-index remove faq --json`,
    )
    .action(async (name: string, _options: object, command: Command) => {
      const flags = flagsOf(command);
      await withDatabase(context, flags, (database) => remove(database, name));
      await writeResult(context, flags, { removed: name }, ({ removed }) => `removed ${removed}`);
    });
}
