import type { Command } from "commander";
import { buildExtension, type ExtensionFiles } from "../../app/functions/extension.ts";
import { configOf, flagsOf, withoutDatabase, type Context } from "../context.ts";
import { t } from "../language.ts";
import { megabytes, writeResult } from "../output.ts";

export function defineExtension(verb: Command, context: Context): void {
  verb.addHelpText(
    "after",
    `
Examples:
  ltd-index extension build extension
  ltd-index extension build extension --from 0.1.0
  ltd-index extension build extension --model ltd-zh-2-tiny --json | jq -r .version
  sudo cp extension/* "$(pg_config --sharedir)/extension/"
  psql -c "create extension ltd_index cascade"

Where you cannot put files on the server, use the script of ltd-index sql dump instead: it makes the same. docs/extension.md says more.`,
  );
  verb
    .command("build")
    .argument("<folder>", "where the files are written; it is created if it is missing")
    .option("--from <versions...>", "also write the scripts that upgrade these versions")
    .description("Write control file and scripts, with the bundled model (or --model); it needs no database.")
    .addHelpText("after", "\nExamples:\n  ltd-index extension build extension --from 0.1.0 0.2.0")
    .action(async (folder: string, _options: object, command: Command) => {
      const flags = flagsOf<{ from?: string[] }>(command);
      const { model } = configOf(withoutDatabase(context), flags);
      const built = await buildExtension(folder, { ...(model !== undefined && { models: [model] }), from: flags.from });
      await writeResult(context, flags, built, renderBuilt);
    });
}

function renderBuilt({ version, files }: ExtensionFiles): string {
  return [...files.map(({ path, bytes }) => `${path}  ${megabytes(bytes)}`), t`this is version ${version}`].join("\n");
}
