import type { Command } from "commander";
import { addAlias, listAliases, removeAlias } from "../../app/shards/alias.ts";
import type { Alias } from "../../db/ask/alias.ts";
import { flagsOf, withDatabase, type Context } from "../context.ts";
import { count, say, writeResult, writeResultRows } from "../output.ts";
import { defineAliasImport, parseKey } from "./alias-import.ts";
import { t } from "../language.ts";

export function defineAlias(verb: Command, context: Context): void {
  verb.addHelpText(
    "after",
    `
Examples:
  ltd-index alias add faq 17 白条啥时候还 "蚂蚁花呗还款日是哪天？"
  ltd-index alias add --not faq 17 怎么提前还花呗
  ltd-index alias import faq --dry-run < aliases.tsv
  ltd-index alias list faq
  ltd-index alias remove faq 白条啥时候还

A question that equals an alias, punctuation and blanks aside, gets its row as the answer at once. From the next ltd-index sync on, aliases are also
part of the meaning of their row, and the row does not answer what means one of its negative questions (--not). Write a key of several columns as a
JSON array: '["1", "a"]'.`,
  );

  defineAdd(verb, context);
  defineAliasImport(verb, context);
  defineRemove(verb, context);
  defineList(verb, context);
}

function defineAdd(verb: Command, context: Context): void {
  verb
    .command("add")
    .argument("<index>", "index of the row")
    .argument("<key>", "key of the row")
    .argument("<question...>", "other wordings of the row")
    .option("--not", "questions that the row does not answer")
    .description("Add aliases to a row, or with --not questions that it does not answer.")
    .addHelpText(
      "after",
      `
Examples:
  ltd-index alias add faq 17 白条啥时候还 "蚂蚁花呗还款日是哪天？"
  ltd-index alias add --not faq 17 怎么提前还花呗`,
    )
    .action(async (name: string, key: string, questions: string[], _options: object, command: Command) => {
      const flags = flagsOf<{ not?: boolean }>(command);
      const wanted = questions.map((question) => ({ key: parseKey(key), question, isNegative: flags.not === true }));
      await withDatabase(context, flags, async (database) => {
        const result = await addAlias(database, name, wanted);
        await writeResult(context, flags, result, ({ index, changed }) => stored(changed, index, flags.not));
      });
    });
}

/** What was stored, and what to do next. */
function stored(changed: number, index: string, not = false): string {
  return t`${count(changed)} ${not ? t`negative questions` : t`aliases`} of ${index}; next: ltd-index sync ${index}`;
}

function defineRemove(verb: Command, context: Context): void {
  verb
    .command("remove")
    .argument("<index>", "index")
    .argument("<question...>", "aliases to remove")
    .option("--not", "remove negative questions")
    .description("Remove aliases, or with --not negative questions.")
    .action(async (name: string, questions: string[], _options: object, command: Command) => {
      const flags = flagsOf<{ not?: boolean }>(command);
      await withDatabase(context, flags, async (database) => {
        const result = await removeAlias(database, name, questions, { isNegative: flags.not === true });
        await writeResult(
          context,
          flags,
          result,
          ({ index, changed }) => t`removed ${stored(changed, index, flags.not)}`,
        );
      });
    });
}

function defineList(verb: Command, context: Context): void {
  verb
    .command("list")
    .argument("<index>", "index")
    .argument("[key]", "only those of this row")
    .description('List aliases: key, question, and "not" for a question that the row does not answer.')
    .action(async (name: string, key: string | undefined, _options: object, command: Command) => {
      const flags = flagsOf(command);
      await withDatabase(context, flags, async (database) => {
        const aliases = await listAliases(database, name, key === undefined ? undefined : parseKey(key));
        for (const alias of aliases) await writeResultRows(context, flags, alias, renderAlias);
        if (aliases.length === 0 && !flags.json) say(context, flags, t`no aliases`);
      });
    });
}

/** As `alias import` reads it. */
function renderAlias({ key, question, isNegative }: Alias): string {
  return [key.length === 1 ? key[0] : JSON.stringify(key), question, ...(isNegative ? ["not"] : [])].join("\t");
}
