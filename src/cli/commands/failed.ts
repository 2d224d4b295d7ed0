import type { Command } from "commander";
import { failed } from "../../app/operate/failed.ts";
import { flagsOf, withDatabase, type Context } from "../context.ts";
import { wholeNumber } from "../flag-number.ts";
import { count, say, writeResultRows } from "../output.ts";
import { t } from "../language.ts";

export function defineFailed(verb: Command, context: Context): void {
  verb
    .argument("[index]", "index to show (default: all)")
    .option("--limit <n>", "rows of each index, 1 to 1000000", "1000")
    .addHelpText(
      "after",
      `
Examples:
  ltd-index failed
  ltd-index failed faq --limit 10
  ltd-index failed faq --json | jq -r .error | sort | uniq -c`,
    )
    .action(async (name: string | undefined, _options: object, command: Command) => {
      const flags = flagsOf<{ limit: string }>(command);
      const limit = wholeNumber("limit", flags.limit, 1, 1_000_000);
      const rows = await withDatabase(context, flags, (database) => failed(database, name, limit));
      for (const row of rows) {
        await writeResultRows(context, flags, row, render);
      }
      if (rows.length > 0)
        say(context, flags, t`${count(rows.length)} rows; next: ltd-index retry ${name ?? ""}`.trimEnd());
      else say(context, flags, t`no row has failed too often`);
    });
}

function render({ index, key, failedAt, error }: Awaited<ReturnType<typeof failed>>[number]): string {
  return `${index}  ${key.join(", ")}  ${failedAt.toISOString()}  ${error.replaceAll("\\n", " ")}`;
}
