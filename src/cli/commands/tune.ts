import { join } from "node:path";
import type { Command } from "commander";
import { queryRows, readLabelledFile } from "../../app/judge/labelled-file.ts";
import { tune, type TuneResult } from "../../app/judge/tune.ts";
import { loadModel } from "../../embed/model-package.ts";
import { LtdError } from "../../errors.ts";
import { readLabelled, type Labelled } from "../../judge/labelled.ts";
import { configOf, flagsOf, withDatabase, type Context } from "../context.ts";
import { wholeNumber } from "../flag-number.ts";
import { count, duration, renderPairs, say, writeResult } from "../output.ts";
import { renderTable } from "../table.ts";
import { t } from "../language.ts";

interface TuneFlags {
  id: string;
  out?: string;
  query?: string;
  columns?: string;
  check: string[];
  rank: string;
  epochs: string;
}

export function defineTune(verb: Command, context: Context): void {
  verb
    .argument("[file]", "labelled pairs: CSV, TSV or JSON Lines with sentence1, sentence2, label (1 or 0)")
    .requiredOption("--id <id>", "name of the new model")
    .option("--out <folder>", "folder to write (default: models/<id>, where it is found by its id)")
    .option("--query <sql>", "pairs from the database instead of a file: clicks (1) and rejections (0)")
    .option("--columns <names>", "the columns to read: first,second,label")
    .option("--check <file>", "other labelled data, to see what is lost there; repeatable", collect, [])
    .option("--rank <n>", "rank of the change: higher learns more and forgets more", "32")
    .option("--epochs <n>", "most passes over the pairs", "15")
    .addHelpText(
      "after",
      `
Examples:
  ltd-index tune pairs.tsv --id our-faq-2
  ltd-index tune pairs.tsv --id our-faq-2 --check other.tsv
  ltd-index generation build faq --model our-faq-2 && ltd-index generation switch faq

A fifth of the pairs is held out for the scores before and after.`,
    )
    .action(async (file: string | undefined, _options: object, command: Command) => {
      const flags = flagsOf<TuneFlags>(command);
      const { query, id, out = join("models", id) } = flags;
      if ((file === undefined) === (query === undefined))
        throw new LtdError("usage", "name a file of labelled pairs, or give --query");
      const columns = flags.columns?.split(",").map((column) => column.trim());
      const how = { kind: "pairs" as const, ...(columns && { columns }) };
      const options = {
        rank: wholeNumber("--rank", flags.rank, 1, 512),
        epochs: wholeNumber("--epochs", flags.epochs, 1, 1000),
      };
      const pairs =
        file === undefined
          ? readLabelled(await withDatabase(context, flags, (database) => queryRows(database, query!)), how)
          : await readLabelledFile(file, { ...how, encoding: flags.encoding });
      if (pairs.kind !== "pairs") throw new LtdError("input", `labelled pairs are needed, not ${pairs.kind}`);
      const checks = new Map<string, Labelled>();
      for (const each of flags.check) checks.set(each, await readLabelledFile(each, { encoding: flags.encoding }));
      const base = await loadModel(configOf(context, flags).model);
      const result = await tune(base, pairs, {
        ...options,
        id,
        out,
        checks,
        onEpoch: (epoch, score) => say(context, flags, t`pass ${epoch}: Spearman ${(100 * score).toFixed(1)}`),
        signal: context.signal,
      });
      await writeResult(context, flags, result, render);
      const named = flags.out === undefined ? id : out;
      say(context, flags, t`next: ltd-index generation build <index> --model ${named}, then calibrate its thresholds`);
    });
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

function render({ model, from, folder, pairs, scores, seconds }: TuneResult): string {
  const head = renderPairs({
    model: t`${model} (from ${from}), in ${folder}`,
    pairs: t`${count(pairs.trained)} for training, ${count(pairs.stopping)} for stopping, ${count(pairs.heldOut)} held out`,
    time: duration(seconds),
  });
  const percent = (share: number) => (100 * share).toFixed(1);
  const rows = scores.map(({ data, measure, before, after }) => {
    const change = `${after < before ? "-" : "+"}${percent(Math.abs(after - before))}`;
    return [data, measure, percent(before), percent(after), change];
  });
  return `${head}\n\n${renderTable(["data", "x 100", "before", "after", "change"], rows)}`;
}
