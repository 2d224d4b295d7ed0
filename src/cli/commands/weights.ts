import type { Command } from "commander";
import {
  FIT_PRIOR,
  fitWeights,
  setWeights,
  showWeights,
  unsetWeights,
  type ShownWeight,
  type WeightsResult,
} from "../../app/operate/weights.ts";
import type { GenerationOptions } from "../../app/operate/generation.ts";
import type { Database } from "../../db/database.ts";
import { readTextFile } from "../../app/judge/labelled-file.ts";
import { LtdError } from "../../errors.ts";
import { formatWeights, parseWeights } from "../../text/weight-file.ts";
import { configOf, flagsOf, withDatabase, type Context, type GlobalFlags } from "../context.ts";
import { count, duration, writeLine, writeResult } from "../output.ts";
import { withGenerationOptions } from "./generation.ts";
import { t } from "../language.ts";

export function defineWeights(verb: Command, context: Context): void {
  verb.addHelpText(
    "after",
    `
Examples:
  ltd-index weights show faq 花呗
  ltd-index weights set faq 花呗 2.0
  ltd-index weights unset faq 花呗
  ltd-index weights fit faq
  ltd-index weights export faq > words.tsv && ltd-index weights import shop words.tsv

A weight is an IDF: 1 for a word in every text, 15 for one that was never seen. Answers change atomically when all rows are done; ltd-index generation
rollback undoes the last change.`,
  );

  defineShow(verb, context);
  defineSet(verb, context);
  defineUnset(verb, context);
  defineFit(verb, context);
  defineImport(verb, context);
  defineExport(verb, context);
}

function defineShow(verb: Command, context: Context): void {
  verb
    .command("show")
    .argument("<index>")
    .argument("[word...]", "words to show (default: all whose weight differs from the model's)")
    .description("Show the weights of words in an index, and in its model.")
    .action(async (name: string, words: string[], _options: object, command: Command) => {
      const flags = flagsOf(command);
      const shown = await readShown(context, flags, name, words);
      if (shown.length > 0 || flags.json)
        await writeResult(context, flags, shown, (weights) => weights.map(renderWeight).join("\n"));
    });
}

function defineSet(verb: Command, context: Context): void {
  verb
    .command("set")
    .argument("<index>")
    .argument("<word>")
    .argument("<idf>", "0 to 100")
    .description("Set the IDF of a word; one that segmentation does not know becomes a word.")
    .action((name: string, word: string, written: string, _options: object, command: Command) => {
      const idf = written.trim() === "" ? Number.NaN : Number(written);
      return changeWeights(context, command, (database, options) =>
        setWeights(database, name, [{ word, idf }], options),
      );
    });
}

function defineUnset(verb: Command, context: Context): void {
  verb
    .command("unset")
    .argument("<index>")
    .argument("[word...]")
    .description("Reset words to the weights of the model.")
    .option("--all", "all words")
    .option("--fitted", "all words that `weights fit` has estimated")
    .action(async (name: string, words: string[], _options: object, command: Command) => {
      const { all, fitted } = flagsOf<{ all?: boolean; fitted?: boolean }>(command);
      if ([all, fitted, words.length > 0].filter(Boolean).length !== 1) {
        throw new LtdError("usage", "name the words, or give one of --all and --fitted", {
          hint: `see them: ltd-index weights show ${name}`,
        });
      }
      const which = all ? "all" : fitted ? "fitted" : words;
      await changeWeights(context, command, (database, options) => unsetWeights(database, name, which, options));
    });
}

function defineFit(verb: Command, context: Context): void {
  verb
    .command("fit")
    .argument("<index>")
    .description("Estimate the IDF of the words of an index from its own rows; words set by hand keep their weight.")
    .option(
      "--prior <rows>",
      "how many rows the model's own table counts for: larger stays nearer to it",
      String(FIT_PRIOR),
    )
    .action((name: string, _options: object, command: Command) => {
      const prior = Number(flagsOf<{ prior: string }>(command).prior);
      return changeWeights(context, command, (database, options) => fitWeights(database, name, { ...options, prior }));
    });
}

function defineImport(verb: Command, context: Context): void {
  verb
    .command("import")
    .argument("<index>")
    .argument("<file>", "word, IDF and, if it has one, frequency a line, separated by tabs")
    .description("Set the IDF of all words of a list.")
    .option("--replace", "and drop all other weights")
    .action(async (name: string, file: string, _options: object, command: Command) => {
      const { replace = false, ...flags } = flagsOf<{ replace?: boolean }>(command);
      const wanted = parseWeights(await readTextFile(file, flags));
      await changeWeights(context, command, (database, options) =>
        setWeights(database, name, wanted, { ...options, replace }),
      );
    });
}

function defineExport(verb: Command, context: Context): void {
  verb
    .command("export")
    .argument("<index>")
    .description("Print the words whose weight differs from the model's, for `weights import`.")
    .action(async (name: string, _options: object, command: Command) => {
      const flags = flagsOf(command);
      const shown = await readShown(context, flags, name, []);
      if (flags.json) return writeLine(context, JSON.stringify(shown));
      if (shown.length > 0) await writeLine(context, formatWeights(shown).trimEnd());
    });
}

function readShown(
  context: Context,
  flags: GlobalFlags,
  name: string,
  words: readonly string[],
): Promise<ShownWeight[]> {
  return withDatabase(context, flags, (database) => showWeights(database, name, words, configOf(context, flags)));
}

/** Changes weights, embeds what that concerns, and says what came of it. */
async function changeWeights(
  context: Context,
  command: Command,
  run: (database: Database, options: GenerationOptions) => Promise<WeightsResult>,
): Promise<void> {
  const flags = flagsOf(command);
  await writeResult(context, flags, await withGenerationOptions(context, flags, run), render);
}

function renderWeight({ word, idf, frequency, fitted, modelIdf }: ShownWeight): string {
  const says = modelIdf === null ? t`the model does not know it` : t`the model says ${modelIdf.toFixed(2)}`;
  const own = [fitted ? t`fitted` : "", frequency === null ? "" : t`a word of its own, frequency ${count(frequency)}`];
  return `${idf.toFixed(2)}  ${word}  ${[says, ...own.filter(Boolean)].join(t`; `)}`;
}

function render({ index, changed, generation, embedded, seconds }: WeightsResult): string {
  if (changed === 0) return t`${index}: nothing to change`;
  const words =
    changed === 1 ? t`${count(changed)} word has another weight` : t`${count(changed)} words have other weights`;
  return t`${index}: ${words}, ${count(embedded)} rows embedded again; generation ${generation} is live; ${duration(seconds)}`;
}
