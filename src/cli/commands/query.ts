import type { Command } from "commander";
import { LtdError } from "../../errors.ts";
import { flagsOf, withDatabase, type Context } from "../context.ts";
import { t } from "../language.ts";
import { count, readStdin, say, writeRows } from "../output.ts";
import { visible } from "../visible.ts";

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

Rows are JSON lines with --json (of two columns "a" the second is "a_2" there), otherwise values separated by tabs below a line of
names; control characters are escaped. Standard error says what the statement did, and to how many rows.`,
    )
    .action(async (statement: string | undefined, _options: object, command: Command) => {
      const flags = flagsOf(command);
      await withDatabase(
        context,
        flags,
        async (database) => {
          if (statement === undefined) {
            const lines: string[] = [];
            for await (const line of readStdin(context, flags, 'ltd-index query "select 1"')) lines.push(line);
            await explain(database.script(lines.join("\n")));
            return say(context, flags, t`the script is done`);
          }
          const { columns, rows, command: did, rowCount } = await explain(database.table(statement));
          const names = distinct(columns);
          if (!flags.json && rows.length > 0) await writeRows(context, flags, columns.map(visible).join("\t"));
          for (const row of rows) {
            const line = flags.json
              ? JSON.stringify(Object.fromEntries(names.map((name, at) => [name, row[at]])))
              : row.map(asCell).join("\t");
            await writeRows(context, flags, line);
          }
          say(context, flags, rowCount === null ? t`${did}: done` : t`${did}: ${count(rowCount)} rows`);
        },
        { create: true },
      );
    });
}

/** The names, each once: of several columns `a` the second is `a_2` in JSON. */
function distinct(columns: readonly string[]): string[] {
  const names = new Set<string>();
  for (const column of columns) {
    let name = column;
    for (let nth = 2; names.has(name); nth++) name = `${column}_${nth}`;
    names.add(name);
  }
  return [...names];
}

/** A mistake in the user's own SQL is reported in Postgres' words. */
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
  return visible(typeof value === "string" ? value : JSON.stringify(value));
}
