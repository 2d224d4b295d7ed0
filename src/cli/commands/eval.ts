import type { Command } from "commander";
import { evaluate, type EvaluateResult } from "../../app/judge/evaluate.ts";
import { readLabelledFile } from "../../app/judge/labelled-file.ts";
import { withEmbedder } from "../../embed/embedder.ts";
import { LtdError } from "../../errors.ts";
import type { Labelled } from "../../judge/labelled.ts";
import { embedderOf, flagsOf, type Context } from "../context.ts";
import { count, writeResult } from "../output.ts";
import { renderTable } from "../table.ts";
import { wholeNumber } from "../flag-number.ts";
import { t, translate } from "../language.ts";

interface EvalFlags {
  kind?: Labelled["kind"];
  columns?: string;
  train?: string;
  limit?: string;
  samples: string;
}

export function defineEval(verb: Command, context: Context): void {
  verb
    .argument("<file>", "labelled pairs, FAQ or classes: CSV, TSV or JSON Lines")
    .option("--kind <kind>", "pairs, faq or classes (default: by the columns)")
    .option("--columns <names>", "the columns to read: first,second,label; question,row; or text,label")
    .option("--train <file>", "classes: texts to train on (default: five folds of the file itself)")
    .option("--limit <n>", "only the first rows of each file")
    .option("--samples <n>", "bootstrap samples for the intervals", "200")
    .addHelpText(
      "after",
      `
Examples:
  ltd-index eval pairs.tsv
  ltd-index eval questions.jsonl --model models/our-faq-2
  ltd-index eval intents.csv --columns text,intent --json

Pairs: Spearman and AUC. FAQ: R@1 and MRR@10. Classes: accuracy and V-measure. Controls: the weighted characters of a text
without the model (char-IDF), and BM25 of character pairs.`,
    )
    .action(async (file: string, _options: object, command: Command) => {
      const flags = flagsOf<EvalFlags>(command);
      const { kind, columns: written } = flags;
      if (kind !== undefined && !["pairs", "faq", "classes"].includes(kind))
        throw new LtdError("usage", `--kind is ${kind}, but must be pairs, faq or classes`);
      const samples = wholeNumber("--samples", flags.samples, 0, 10_000);
      const options = {
        encoding: flags.encoding,
        ...(kind && { kind }),
        ...(written !== undefined && { columns: written.split(",").map((name) => name.trim()) }),
        ...(flags.limit !== undefined && { limit: wholeNumber("--limit", flags.limit, 1, 1e9) }),
      };
      const labelled = await readLabelledFile(file, options);
      const train = flags.train === undefined ? undefined : await readLabelledFile(flags.train, options);
      if (train !== undefined && (train.kind !== "classes" || labelled.kind !== "classes"))
        throw new LtdError("usage", `--train is for classes, but these are ${labelled.kind} and ${train.kind}`);
      const result = await withEmbedder(embedderOf(context, flags), (embedder) =>
        evaluate(embedder, labelled, { ...(train && { train }), samples, signal: context.signal }),
      );
      await writeResult(context, flags, { file, ...result }, render);
    });
}

function render({ kind, units, empty, about, scores }: EvaluateResult): string {
  const what = { pairs: t`pairs`, faq: t`questions`, classes: t`texts` }[kind];
  const left = empty > 0 ? t`, ${count(empty)} texts without a letter or digit` : "";
  const percent = (share: number) => (100 * share).toFixed(1);
  const rows = scores.map(({ system, measure, value, low, high }) => [
    translate(system),
    translate(measure),
    percent(value),
    Number.isNaN(low) ? "" : t`${percent(low)} to ${percent(high)}`,
  ]);
  return [
    `${count(units)} ${what}${left}; ${translate(about)}`,
    renderTable(["system", "x 100", "", "95 %"], rows),
  ].join("\n");
}
