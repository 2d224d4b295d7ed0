import type { Command } from "commander";
import { retry } from "../../app/operate/failed.ts";
import { flagsOf, withDatabase, type Context } from "../context.ts";
import { count, say, writeResult } from "../output.ts";
import { t } from "../language.ts";

export function defineRetry(verb: Command, context: Context): void {
  verb
    .argument("[index]", "index whose rows to try again (default: all)")
    .addHelpText(
      "after",
      `
Examples:
  ltd-index retry
  ltd-index retry faq && ltd-index sync faq
  ltd-index retry --json | jq .retried`,
    )
    .action(async (name: string | undefined, _options: object, command: Command) => {
      const flags = flagsOf(command);
      const results = await withDatabase(context, flags, (database) => retry(database, name));
      for (const result of results) {
        await writeResult(
          context,
          flags,
          result,
          ({ index, retried }) => t`${index}: ${count(retried)} rows queued again`,
        );
      }
      if (results.some(({ retried }) => retried > 0))
        say(context, flags, t`next: ltd-index sync ${name ?? ""}`.trimEnd());
    });
}
