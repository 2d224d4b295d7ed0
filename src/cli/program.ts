import type { Command } from "commander";
import { LtdError } from "../errors.ts";
import { packageVersion } from "../package-root.ts";
import { TranslatedCommand, translateUsageError } from "./help.ts";
import type { Context } from "./context.ts";
import { verbGroups, type Define } from "./verbs.ts";

/** The command line program with all its verbs. It throws CommanderError and LtdError; it never ends the process. */
export function createProgram(context: Context): Command {
  const program = new TranslatedCommand("ltd-index")
    .description("The semantic index for Chinese short text in Postgres.")
    .version(packageVersion())
    .option("--database-url <url>", "server to use (or DATABASE_URL); without one, the embedded database")
    .option("--database-folder <folder>", "folder of the embedded database (or LTD_DATABASE_FOLDER; default: .ltd/db)")
    .option("--model <model>", "bundled model, or a model folder (or LTD_MODEL)")
    .option("--threads <n>", "threads that embed (or LTD_THREADS; default: the cores, 4 at most)")
    .option("--encoding <name>", "encoding of standard input and of text files (default: utf-8)")
    .option("--json", "print the result as JSON")
    .option("--quiet", "print nothing but the result and errors")
    .option(
      "--debug",
      "print every SQL statement with its time (LTD_DEBUG=sql does only that), and the stack of an error",
    )
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      outputError: (text, write) => write(translateUsageError(text)),
    })
    .exitOverride()
    .addHelpText(
      "after",
      `
Examples:
  ltd-index demo                                        everything in one minute, on an embedded database
  ltd-index init && ltd-index add faq && ltd-index sync
  ltd-index match faq 怎么退款`,
    );
  addVerbs(program, context);
  addHelp(program);
  return program;
}

/** Adds every verb with its description; the rest of a verb is loaded when the verb is parsed. */
function addVerbs(program: Command, context: Context): void {
  const loads = new Map<Command, () => Promise<Define>>();
  for (const [heading, verbs] of Object.entries(verbGroups)) {
    program.commandsGroup(heading);
    for (const [name, { description, load }] of Object.entries(verbs))
      loads.set(program.command(name).description(description), load);
  }
  program.hook("preSubcommand", async (_program, verb) => {
    const load = loads.get(verb);
    loads.delete(verb); // a program that is parsed again has it already
    if (load !== undefined) (await load())(verb, context, createProgram);
  });
}

/** Adds `help <verb>`, which is `<verb> --help`. The one of commander would show a verb that is not loaded. */
function addHelp(program: Command): void {
  program
    .commandsGroup("Help:")
    .helpCommand(false)
    .command("help")
    .argument("[verb...]")
    .description("Show the flags and examples of a verb.")
    .action(async (names: string[]) => {
      const [name] = names;
      if (name !== undefined && !program.commands.some((verb) => verb.name() === name))
        throw new LtdError("usage", `there is no verb ${name}`, { hint: "ltd-index --help shows all of them" });
      await program.parseAsync([...names, "--help"], { from: "user" });
    });
}
