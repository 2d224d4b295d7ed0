import type { Command } from "commander";
import { LtdError } from "../../errors.ts";
import { flagsOf, withDatabase, type Context } from "../context.ts";
import { readStdin, writeLine } from "../output.ts";

export function defineQuery(verb: Command, context: Context): void {
  verb
    .argument("[statement]", "one SQL statement (default: a script from standard input, whose rows are not shown)")
    .addHelpText(
      "after",
      `
Examples:
  ltd-index query "select * from faq limit 3"
  ltd-index query "select count(*) from ltd.entry_faq" --json
  ltd-index query < tables.sql

Rows are JSON lines with --json, otherwise values separated by tabs below a line of names.`,
    )
    .action(async (statement: string | undefined, _options: object, command: Command) => {
      const flags = flagsOf(command);
      await withDatabase(
        context,
        flags,
        async (database) => {
          if (statement === undefined) {
            const lines: string[] = [];
            for await (const line of readStdin(context, 'ltd-index query "select 1"')) lines.push(line);
            return explain(database.script(lines.join("\n")));
          }
          const rows = await explain(database.query(statement));
          if (!flags.json && rows[0]) await writeLine(context, Object.keys(rows[0]).join("\t"));
          for (const row of rows) {
            await writeLine(context, flags.json ? JSON.stringify(row) : Object.values(row).map(asCell).join("\t"));
          }
        },
        { create: true },
      );
    });
}

/** A mistake in the user's own SQL is told as Postgres says it. */
async function explain<T>(result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (cause) {
    if (cause instanceof LtdError && /multiple commands/.test(cause.message)) {
      throw new LtdError("usage", "this is more than one statement", {
        hint: "run a script from standard input: ltd-index query < script.sql",
        cause,
      });
    }
    if (cause instanceof LtdError) throw cause;
    throw new LtdError("database", cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function asCell(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (value instanceof Date) return value.toISOString();
  return typeof value === "string" ? value.replaceAll(/[\t\n]/g, " ") : JSON.stringify(value);
}
