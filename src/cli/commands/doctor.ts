import type { Command } from "commander";
import type { Check } from "../../app/operate/check.ts";
import { doctor } from "../../app/operate/doctor.ts";
import { configOf, flagsOf, withDatabase, type Context } from "../context.ts";
import { padEnd } from "../display-width.ts";
import { t, translate } from "../language.ts";
import { paint } from "../colour.ts";
import { writeResult } from "../output.ts";

export function defineDoctor(verb: Command, context: Context): void {
  verb
    .addHelpText(
      "after",
      `
Examples:
  ltd-index doctor
  ltd-index doctor --database-url postgres://worker@db/app
  ltd-index doctor --json | jq 'select(.level != "ok")'

Exit code 3 if it finds a problem; a warning does not count.`,
    )
    .action(async (_options: object, command: Command) => {
      const flags = flagsOf(command);
      const { model } = configOf(context, flags);
      const checks = await withDatabase(context, flags, (database) => doctor(database, { model }));
      for (const check of checks)
        await writeResult(context, flags, check, (shown) => {
          const { stdout, environment } = context;
          return paint(stdout, environment, COLOURS[check.level], levelOf(shown)) + render(shown);
        });
      if (checks.some(({ level }) => level === "problem")) context.exitCode = 3;
    });
}

const COLOURS = { ok: "green", warning: "yellow", problem: "red" } as const;

function levelOf({ level }: Check): string {
  return padEnd(translate(level), 7);
}

function render({ check, found, advice }: Check): string {
  return `  ${translate(check)}${t`: `}${translate(found)}${advice === null ? "" : `\n         ${translate(advice)}`}`;
}
