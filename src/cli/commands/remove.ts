import type { Command } from "commander";
import { remove, type RemoveResult } from "../../app/keep/remove.ts";
import { flagsOf, withDatabase, type Context } from "../context.ts";
import { count, writeResult } from "../output.ts";

export function defineRemove(verb: Command, context: Context): void {
  verb
    .argument("<index>", "index to take away")
    .addHelpText(
      "after",
      `
Examples:
  ltd-index remove faq
  ltd-index remove faq && ltd-index add faq --text "{title} {body}"
  ltd-index remove faq --json

Its aliases, word weights and thresholds go with it. To have them again: ltd-index alias list faq > aliases.tsv and
ltd-index weights export faq > weights.tsv before, alias import and weights import after add, then calibrate.`,
    )
    .action(async (name: string, _options: object, command: Command) => {
      const flags = flagsOf(command);
      const result = await withDatabase(context, flags, (database) => remove(database, name));
      await writeResult(context, flags, result, render);
    });
}

function render({ removed, aliases, weights, thresholds }: RemoveResult): string {
  const own = [
    ...(aliases > 0 ? [`${count(aliases)} aliases`] : []),
    ...(weights > 0 ? [`${count(weights)} word weights`] : []),
    ...(thresholds ? ["its thresholds"] : []),
  ];
  return own.length === 0 ? `removed ${removed}` : `removed ${removed}, with ${own.join(", ")}`;
}
