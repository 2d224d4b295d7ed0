import type { Command } from "commander";
import { remove, type RemoveResult } from "../../app/keep/remove.ts";
import { flagsOf, withDatabase, type Context } from "../context.ts";
import { ownParts, writeResult } from "../output.ts";
import { t } from "../language.ts";

export function defineRemove(verb: Command, context: Context): void {
  verb
    .argument("<index>", "index to remove")
    .option("--keep", "keep its aliases, negative questions, word weights and thresholds for the next add of this name")
    .addHelpText(
      "after",
      `
Examples:
  ltd-index remove faq
  ltd-index remove faq --keep && ltd-index add faq --text "{title} {body}"
  ltd-index remove faq --json

Without --keep its aliases, negative questions, word weights and thresholds are deleted. With it, the next add of this name takes them over; ltd-index
remove faq deletes what was kept.`,
    )
    .action(async (name: string, _options: object, command: Command) => {
      const flags = flagsOf<{ keep?: boolean }>(command);
      const result = await withDatabase(context, flags, (database) =>
        remove(database, name, { keep: flags.keep === true }),
      );
      await writeResult(context, flags, result, render);
    });
}

function render(result: RemoveResult): string {
  const { removed, kept } = result;
  const own = ownParts(result);
  if (own === "") return t`removed ${removed}`;
  return kept
    ? t`removed ${removed}, and kept ${own}: the next add with --name ${removed} takes them over`
    : t`removed ${removed}, and deleted ${own}`;
}
