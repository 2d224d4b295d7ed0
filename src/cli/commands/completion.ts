import type { Command } from "commander";
import { listNames } from "../../db/indexes/names.ts";
import { LtdError } from "../../errors.ts";
import { SCRIPTS } from "../completion-scripts.ts";
import { flagsOf, withDatabase, type Context, type GlobalFlags } from "../context.ts";
import { TranslatedCommand } from "../help.ts";
import { writeLine, writeResult } from "../output.ts";
import type { Define } from "../verbs.ts";

type Shell = keyof typeof SCRIPTS;

export function defineCompletion(verb: Command, context: Context, createProgram: Parameters<Define>[2]): void {
  verb
    .argument("<shell>", "bash, zsh or fish")
    .argument("[word...]", "with words in place of a shell: print what completes the last of them")
    .addHelpText(
      "after",
      `
Examples:
  echo 'source <(ltd-index completion bash)' >> ~/.bashrc
  echo 'source <(ltd-index completion zsh)' >> ~/.zshrc
  ltd-index completion fish > ~/.config/fish/completions/ltd-index.fish

Completes verbs, flags, and the names of the indexes of a server (DATABASE_URL).`,
    )
    .action(async (shell: string, typed: string[], _options: object, command: Command) => {
      const flags = flagsOf(command);
      if (shell === "words") {
        const words = await complete(createProgram(context), context, flags, typed);
        if (flags.json || words.length > 0)
          await writeResult(context, flags, { words }, (found) => found.words.join("\n"));
        return;
      }
      if (!Object.hasOwn(SCRIPTS, shell))
        throw new LtdError("usage", `there is no completion for ${shell}`, { hint: "bash, zsh or fish" });
      const script = SCRIPTS[shell as Shell];
      await writeLine(context, flags.json ? JSON.stringify({ script }) : script);
    });
}

/** What can stand for the last word, sorted as the help has it. */
async function complete(
  program: Command,
  context: Context,
  flags: GlobalFlags,
  typed: readonly string[],
): Promise<string[]> {
  const before = typed.slice(0, -1);
  const last = typed.at(-1) ?? "";
  const { command, operands, awaitsValue } = await follow(program, context, before);
  if (awaitsValue) return [];
  return (await candidates(program, command, operands, context, flags, last)).filter((word) => word.startsWith(last));
}

async function candidates(
  program: Command,
  command: Command,
  operands: number,
  context: Context,
  flags: GlobalFlags,
  last: string,
): Promise<string[]> {
  if (last.startsWith("-"))
    return [...new Set([command, program].flatMap(({ options }) => options.flatMap(({ long }) => long ?? [])))];
  if (command.commands.length > 0) return operands > 0 ? [] : command.commands.map((each) => each.name());
  const all = command.registeredArguments;
  const wanted = all[operands] ?? (all.at(-1)?.variadic === true ? all.at(-1) : undefined);
  if (wanted?.name() === "index") return indexNames(context, flags);
  return command.name() === "completion" && operands === 0 ? Object.keys(SCRIPTS) : [];
}

/** The verb or subcommand that words name, the number of its operands, and whether a value comes next. */
async function follow(
  program: Command,
  context: Context,
  words: readonly string[],
): Promise<{ command: Command; operands: number; awaitsValue: boolean }> {
  let command = program;
  let operands = 0;
  let awaitsValue = false;
  for (const word of words) {
    if (awaitsValue) awaitsValue = false;
    else if (word.startsWith("-")) {
      const option = [...command.options, ...program.options].find(
        ({ long, short }) => word === long || word === short,
      );
      awaitsValue = option?.required === true;
    } else {
      const next = command.commands.find((each) => each.name() === word);
      if (next === undefined) operands++;
      else command = command === program ? await load(word, next, context) : next;
    }
  }
  return { command, operands, awaitsValue };
}

/** A verb with its flags and subcommands: those of the program have neither until they are parsed. */
async function load(name: string, known: Command, context: Context): Promise<Command> {
  const { verbGroups } = await import("../verbs.ts");
  const { createProgram } = await import("../program.ts");
  const found = Object.values(verbGroups).find((verbs) => Object.hasOwn(verbs, name))?.[name];
  if (found === undefined) return known;
  const verb = new TranslatedCommand(name);
  (await found.load())(verb, context, createProgram);
  return verb;
}

/** Names of the indexes of a server. None of an embedded database: it takes seconds to open, and may be in use. */
async function indexNames(context: Context, flags: GlobalFlags): Promise<string[]> {
  if (context.database === undefined && !flags.databaseUrl && !context.environment["DATABASE_URL"]) return [];
  try {
    return await withDatabase(context, flags, (database) => listNames(database));
  } catch {
    return []; // the shell has no place for an error
  }
}
