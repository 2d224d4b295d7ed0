import type { Command } from "commander";
import { addAlias, listAliases, removeAlias, type WantedAlias } from "../../app/ask/alias.ts";
import type { RowKey } from "../../app/row-key.ts";
import { LtdError } from "../../errors.ts";
import { flagsOf, withDatabase, type Context } from "../context.ts";
import { count, readStdin, say, writeResult } from "../output.ts";

export function defineAlias(verb: Command, context: Context): void {
  verb.addHelpText(
    "after",
    `
Examples:
  ltd-index alias add faq 17 白条啥时候还 "蚂蚁花呗还款日是哪天？"
  ltd-index alias list faq
  ltd-index alias remove faq 白条啥时候还
  ltd-index alias import faq < aliases.tsv

A question is compared without punctuation and blanks. Of a composite key a JSON array is given: '["1", "a"]'.`,
  );

  defineAdd(verb, context);
  defineImport(verb, context);
  defineRemove(verb, context);
  defineList(verb, context);
}

function defineAdd(verb: Command, context: Context): void {
  verb
    .command("add")
    .argument("<index>", "index of the row")
    .argument("<key>", "key of the row")
    .argument("<question...>", "its further questions")
    .description("Give a row further questions.")
    .action(async (name: string, key: string, questions: string[], _options: object, command: Command) => {
      const wanted = questions.map((question) => ({ key: parseKey(key), question }));
      await withDatabase(context, flagsOf(command), async (database) => {
        await writeResult(context, flagsOf(command), await addAlias(database, name, wanted), added);
      });
    });
}

function defineImport(verb: Command, context: Context): void {
  verb
    .command("import")
    .argument("<index>", "index of the rows")
    .description("Give rows further questions from standard input, all or none: key, tab, question.")
    .action(async (name: string, _options: object, command: Command) => {
      const wanted: WantedAlias[] = [];
      let at = 0;
      for await (const line of readStdin(context, flagsOf(command), `ltd-index alias import ${name} < aliases.tsv`)) {
        at++;
        if (line.trim() === "") continue;
        const [key = "", question, ...more] = line.split("\t");
        if (question === undefined || more.length > 0) {
          const has = question === undefined ? "has no tab" : `has ${more.length + 2} columns`;
          throw new LtdError("input", `line ${at} ${has}: ${line}`, { hint: "write: key, tab, question" });
        }
        wanted.push({ key: parseKey(key), question });
      }
      await withDatabase(context, flagsOf(command), async (database) => {
        await writeResult(context, flagsOf(command), await addAlias(database, name, wanted), added);
      });
    });
}

function defineRemove(verb: Command, context: Context): void {
  verb
    .command("remove")
    .argument("<index>", "index")
    .argument("<question...>", "questions that shall be no aliases any more")
    .description("Take further questions away.")
    .action(async (name: string, questions: string[], _options: object, command: Command) => {
      await withDatabase(context, flagsOf(command), async (database) => {
        await writeResult(
          context,
          flagsOf(command),
          await removeAlias(database, name, questions),
          ({ index, changed }) => `${count(changed)} aliases of ${index} taken away`,
        );
      });
    });
}

function defineList(verb: Command, context: Context): void {
  verb
    .command("list")
    .argument("<index>", "index")
    .argument("[key]", "only those of this row")
    .description("Show the further questions of rows.")
    .action(async (name: string, key: string | undefined, _options: object, command: Command) => {
      const flags = flagsOf(command);
      await withDatabase(context, flags, async (database) => {
        const aliases = await listAliases(database, name, key === undefined ? undefined : parseKey(key));
        for (const alias of aliases) await writeResult(context, flags, alias, renderAlias);
        if (aliases.length === 0 && !flags.json) say(context, flags, "no aliases");
      });
    });
}

function added({ index, changed }: { index: string; changed: number }): string {
  return `${count(changed)} aliases of ${index}`;
}

/** As `alias import` reads it. */
function renderAlias({ key, question }: Awaited<ReturnType<typeof listAliases>>[number]): string {
  return `${key.length === 1 ? key[0] : JSON.stringify(key)}\t${question}`;
}

/** A key as it is typed: the value of its column, or a JSON array of several. */
function parseKey(text: string): RowKey {
  if (!text.startsWith("[")) return text;
  try {
    const parts = JSON.parse(text) as unknown;
    if (Array.isArray(parts) && parts.every((part) => typeof part === "string" || typeof part === "number"))
      return parts;
  } catch {
    // a text key may begin so
  }
  return text;
}
