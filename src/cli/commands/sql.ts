import type { Command } from "commander";
import {
  installSql,
  sqlStatus,
  uninstallSql,
  type SqlInstallResult,
  type SqlStatus,
} from "../../app/functions/install.ts";
import { dumpSql } from "../../app/functions/dump.ts";
import { readLabelledFile, readTextLines } from "../../app/judge/labelled-file.ts";
import { sqlParity, type SqlParity } from "../../app/functions/parity.ts";
import { LtdError } from "../../errors.ts";
import { DEFAULT_MODEL } from "../../embed/model-package.ts";
import { configOf, flagsOf, withDatabase, withoutDatabase, type Context, type GlobalFlags } from "../context.ts";
import { count, duration, megabytes, renderPairs, writeLine, writeResult } from "../output.ts";
import { t } from "../language.ts";

export function defineSql(verb: Command, context: Context): void {
  verb.addHelpText(
    "after",
    `
Examples:
  ltd-index sql install
  ltd-index query "select * from ltd.match('faq', '怎么退款', 3)"
  ltd-index sql status
  ltd-index sql uninstall
  ltd-index sql dump > ltd.sql      # psql -f ltd.sql: the whole index, with no program beside the database

It needs pgvector and nothing else: no superuser, no other extension or language. docs/sql.md says what the functions do and cost.`,
  );

  defineInstall(verb, context);
  defineStatus(verb, context);
  defineParity(verb, context);
  defineUninstall(verb, context);
  defineDump(verb, context);
}

function defineInstall(verb: Command, context: Context): void {
  verb
    .command("install")
    .description(
      "Load the models of the live indexes (or --model) into tables, and create the functions. Run it again to update them.",
    )
    .option(
      "--views",
      "also create a view ltd.<index> of the rows of each index: Postgres then refuses some changes of their tables",
    )
    .action(async (_options: object, command: Command) => {
      const flags = flagsOf<{ views?: boolean }>(command);
      const { model } = configOf(context, flags);
      const options = { ...(model !== undefined && { models: [model] }), views: flags.views === true };
      const done = await withDatabase(context, flags, (database) => installSql(database, options));
      await writeResult(context, flags, done, renderInstalled);
    });
}

function defineStatus(verb: Command, context: Context): void {
  verb
    .command("status")
    .description("Show which models are installed, their size on disk, and which indexes lack one.")
    .action(async (_options: object, command: Command) => {
      const flags = flagsOf(command);
      await writeResult(context, flags, await withDatabase(context, flags, sqlStatus), renderStatus);
    });
}

function defineParity(verb: Command, context: Context): void {
  verb
    .command("parity")
    .description(
      "Compare ltd.embed with ONNX Runtime, text by text, and say how long it takes; ends with 3 if they differ.",
    )
    .option("--texts <file>", "texts, one a line")
    .option(
      "--faq <file>",
      "an FAQ with questions (JSON Lines of groups, as for eval): also whether the nearest row is the same",
    )
    .option("--least <cosine>", "smallest cosine that passes", "0.999")
    .action(async (_options: object, command: Command) => {
      const flags = flagsOf<{ texts?: string; faq?: string; least: string }>(command);
      if ((flags.texts === undefined) === (flags.faq === undefined))
        throw new LtdError("usage", "give --texts or --faq: what is to be compared");
      const { model = DEFAULT_MODEL } = configOf(context, flags);
      const { texts, corpus } =
        flags.faq === undefined ? await readTexts(flags.texts!, flags) : await readFaq(flags.faq, flags);
      const parity = await withDatabase(context, flags, (database) => sqlParity(database, texts, model, corpus));
      await writeResult(context, flags, parity, renderParity);
      if (!(parity.worst >= Number(flags.least))) context.exitCode = 3;
    });
}

function defineUninstall(verb: Command, context: Context): void {
  verb
    .command("uninstall")
    .description("Remove functions, tables and views; the indexes stay.")
    .action(async (_options: object, command: Command) => {
      const flags = flagsOf(command);
      await withDatabase(context, flags, uninstallSql);
      await writeResult(context, flags, { uninstalled: true }, () => t`removed the functions; the indexes stay`);
    });
}

function defineDump(verb: Command, context: Context): void {
  verb
    .command("dump")
    .description(
      "Write one SQL script with the schema, the bundled model (or --model) and all functions, for psql -f; it needs no database.",
    )
    .action(async (_options: object, command: Command) => {
      const { model } = configOf(withoutDatabase(context), flagsOf(command));
      for await (const each of dumpSql(model === undefined ? {} : { models: [model] }))
        await writeLine(context, each.trimEnd());
    });
}

async function readTexts(file: string, how: GlobalFlags): Promise<{ texts: string[]; corpus: string[] }> {
  return { texts: await readTextLines(file, how), corpus: [] };
}

async function readFaq(
  file: string,
  { encoding }: GlobalFlags,
): Promise<{ texts: readonly string[]; corpus: readonly string[] }> {
  const faq = await readLabelledFile(file, { kind: "faq", encoding });
  if (faq.kind !== "faq") throw new LtdError("input", `${file} has no questions with their rows`);
  return { texts: faq.questions, corpus: faq.corpus };
}

function renderParity({ texts, worst, mean, top, cutOtherwise, times }: SqlParity): string {
  return [
    renderPairs({
      texts: count(texts),
      "cosine, mean": mean.toFixed(6),
      "cosine, worst": worst.toFixed(6),
      ...(top && { "same nearest row": t`${count(top.same)} (of ${count(top.rows)} rows)` }),
      "segmented differently": cutOtherwise.length,
    }),
    ...(top?.differences ?? []).map(
      ({ text, onnx, sql, margin }) => t`  ${text}: ${onnx}, in SQL ${sql}; margin ${margin.toFixed(4)}`,
    ),
    ...cutOtherwise.slice(0, 20).map((text) => `  ${text}`),
    ...times.map(
      ({ characters, texts: n, p50 }) => t`${characters} characters: ${p50.toFixed(1)} ms (${count(n)} texts)`,
    ),
  ].join("\n");
}

function renderInstalled({ students, views, seconds }: SqlInstallResult): string {
  const lines = students.map(({ model, bytes }) => t`${model}: ${megabytes(bytes)} in tables`);
  const shown = views.map(
    ({ index, table }) =>
      t`view ltd.${index}: while it exists, Postgres refuses to drop ${table} or a column of it, or to change a column's type; first: drop view ltd.${index}`,
  );
  return [...lines, ...shown, t`functions created in ${duration(seconds)}: select ltd.embed('怎么退款')`].join("\n");
}

function renderStatus({ students, indexes }: SqlStatus): string {
  if (students.length === 0) return t`nothing is installed: ltd-index sql install`;
  return [
    ...students.map(({ model, bytes, isCurrent }) =>
      [
        t`${model}: ${megabytes(bytes)} in tables`,
        ...(isCurrent ? [] : [t`installed by another version: ltd-index sql install`]),
      ].join(t`; `),
    ),
    ...indexes.map(({ index, model, isInstalled }) =>
      isInstalled
        ? t`index ${index}: ready`
        : t`index ${index}: its live model ${model} is not installed: ltd-index sql install --model ${model}`,
    ),
  ].join("\n");
}
