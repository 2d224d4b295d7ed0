import type { Command } from "commander";
import { classifyTexts } from "../../app/judge/classify-texts.ts";
import { evaluateClasses } from "../../app/judge/evaluate-classes.ts";
import { trainClasses } from "../../app/judge/train-classes.ts";
import { openFront } from "../../app/open/find-front.ts";
import {
  dropClassifier,
  listClassifiers,
  trainFront,
  withClassifier as onClassifier,
} from "../../app/shards/classify.ts";
import { queryRows, readLabelledFile } from "../../app/judge/labelled-file.ts";
import { createEmbedderFor } from "../../app/live-index.ts";
import type { ClassifierRecord } from "../../db/results/classifier.ts";
import type { Database } from "../../db/database.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import { getIndex } from "../../db/indexes/find-index.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { withEmbedder, type Embedder } from "../../embed/embedder.ts";
import { LtdError } from "../../errors.ts";
import type { ClassifierMethod } from "../../judge/classifier.ts";
import { readLabelled, type Labelled, type LabelledTexts } from "../../judge/labelled.ts";
import { configOf, flagsOf, withDatabase, type Context, type GlobalFlags } from "../context.ts";
import { numberBetween } from "../flag-number.ts";
import { readStdin, sayLate, sayPending, writeResult } from "../output.ts";
import { renderClassifier, renderEvaluated, renderPrediction, renderTrained } from "../render-classes.ts";
import { t } from "../language.ts";

interface TrainFlags {
  query?: string;
  columns?: string;
  method?: ClassifierMethod;
  precision: string;
  reject?: string;
}

const METHODS = ["centroid", "neighbours", "logistic", "joined"];
const CHUNK = 512;

export function defineClassify(verb: Command, context: Context): void {
  verb.addHelpText(
    "after",
    `
Examples:
  ltd-index classify train tickets topic examples.csv
  ltd-index classify predict topic 我的快递到哪了
  ltd-index classify evaluate topic held-out.csv
  ltd-index query "select t.*, c.label from tickets t join ltd.class_topic c on c.key = t.id"

The classes of the rows are in ltd.class_<name>; sync and watch keep them up to date.`,
  );

  defineTrain(verb, context);
  definePredict(verb, context);
  defineEvaluate(verb, context);
  defineList(verb, context);
  defineDrop(verb, context);
}

function defineTrain(verb: Command, context: Context): void {
  verb
    .command("train")
    .argument("<index>")
    .argument("<name>", "of the classifier")
    .argument("[file]", "examples: CSV, TSV or JSON Lines with text and label; 8 to 32 of each class are a good start")
    .description("Learn classes from examples and give every row of the index its class.")
    .option("--query <sql>", "examples from the database instead of a file")
    .option("--columns <names>", "the columns to read: text,label")
    .option(
      "--method <method>",
      "centroid, neighbours, logistic or joined: vector and words (default: the best in cross-validation)",
    )
    .option("--precision <share>", "share of the given labels that must be right; the other rows get none", "0.9")
    .option("--reject <chance>", "chance below which a text gets no label, instead of --precision")
    .action(async (name: string, classifier: string, file: string | undefined, _options: object, command: Command) => {
      const flags = flagsOf<TrainFlags>(command);
      const { query, method } = flags;
      if ((file === undefined) === (query === undefined))
        throw new LtdError("usage", "name a file of examples, or give --query");
      if (method !== undefined && !METHODS.includes(method))
        throw new LtdError("usage", `--method is ${method}, but must be one of ${METHODS.join(", ")}`);
      const columns = flags.columns?.split(",").map((column) => column.trim());
      const result = await withDatabase(context, flags, async (database) => {
        await requireSchema(database);
        const how = { kind: "classes" as const, ...(columns && { columns }) };
        const examples = textsOf(
          file === undefined
            ? readLabelled(await queryRows(database, query!), how)
            : await readLabelledFile(file, { ...how, encoding: flags.encoding }),
        );
        const options = {
          ...(method && { method }),
          ...(flags.reject === undefined
            ? { precision: numberBetween("--precision", flags.precision, 0, 1) }
            : { reject: numberBetween("--reject", flags.reject, 0, 1) }),
        };
        const { model, threads } = configOf(context, flags);
        const front = await openFront(database, name, { model, threads }, sayLate(context, flags));
        if (front === undefined) {
          const index = await getIndex(database, name);
          return withIndexEmbedder(context, flags, database, index, (embedder) =>
            trainClasses(database, index, embedder, classifier, examples, options),
          );
        }
        try {
          return await trainFront(front, classifier, examples, options);
        } finally {
          await front.close();
        }
      });
      sayPending(context, flags, name, result.pending);
      await writeResult(context, flags, result, renderTrained);
    });
}

function definePredict(verb: Command, context: Context): void {
  verb
    .command("predict")
    .argument("<name>", "classifier")
    .argument("[text]", "the text (default: one a line from standard input)")
    .description("Classify texts, which need not be in the index.")
    .action(async (name: string, text: string | undefined, _options: object, command: Command) => {
      const flags = flagsOf(command);
      const lines =
        text === undefined ? readStdin(context, flags, `give a text: ltd-index classify predict ${name} "…"`) : [text];
      await withClassifier(context, flags, name, async (record, index, embedder) => {
        const chunk: string[] = [];
        const tell = async () => {
          for (const prediction of await classifyTexts(record, index, embedder, chunk.splice(0)))
            await writeResult(context, flags, prediction, renderPrediction);
        };
        for await (const line of lines) {
          chunk.push(line);
          if (chunk.length === CHUNK) await tell();
        }
        if (chunk.length > 0) await tell();
      });
    });
}

function defineEvaluate(verb: Command, context: Context): void {
  verb
    .command("evaluate")
    .argument("<name>", "classifier")
    .argument("<file>", "labelled texts that it has not seen")
    .description("Measure a classifier on labelled texts, beside weighted characters without the model.")
    .option("--columns <names>", "the columns to read: text,label")
    .action(async (name: string, file: string, _options: object, command: Command) => {
      const flags = flagsOf<{ columns?: string }>(command);
      const { encoding } = flags;
      const columns = flags.columns?.split(",").map((column) => column.trim());
      const labelled = textsOf(
        await readLabelledFile(file, { kind: "classes", ...(columns && { columns }), encoding }),
      );
      const result = await withClassifier(context, flags, name, (record, index, embedder) =>
        evaluateClasses(record, index, embedder, labelled),
      );
      await writeResult(context, flags, result, renderEvaluated);
    });
}

function defineList(verb: Command, context: Context): void {
  verb
    .command("list")
    .description("List the classifiers, with the number of rows in each class.")
    .action(async (_options: object, command: Command) => {
      const flags = flagsOf(command);
      const classifiers = await withDatabase(context, flags, async (database) => {
        await requireSchema(database);
        return listClassifiers(database);
      });
      if (flags.json || classifiers.length > 0)
        await writeResult(context, flags, classifiers, (all) => all.map(renderClassifier).join("\n"));
    });
}

function defineDrop(verb: Command, context: Context): void {
  verb
    .command("drop")
    .argument("<name>", "classifier")
    .description("Drop a classifier, and the table with the classes of its rows.")
    .action(async (name: string, _options: object, command: Command) => {
      const flags = flagsOf(command);
      await withDatabase(context, flags, async (database) => {
        await requireSchema(database);
        await dropClassifier(database, name);
      });
      await writeResult(context, flags, { dropped: name }, () => t`dropped the classifier ${name}`);
    });
}

function withIndexEmbedder<T>(
  context: Context,
  flags: GlobalFlags,
  database: Database,
  index: IndexRecord,
  work: (embedder: Embedder) => Promise<T>,
): Promise<T> {
  const { model, threads } = configOf(context, flags);
  return withEmbedder(createEmbedderFor(database, index, { model, threads }), work);
}

function withClassifier<T>(
  context: Context,
  flags: GlobalFlags,
  name: string,
  work: (record: ClassifierRecord, index: IndexRecord, embedder: Embedder) => Promise<T>,
): Promise<T> {
  return withDatabase(context, flags, async (database) => {
    await requireSchema(database);
    return onClassifier(database, name, async (there, record) => {
      const index = await getIndex(there, record.indexName);
      return withIndexEmbedder(context, flags, there, index, (embedder) => work(record, index, embedder));
    });
  });
}

function textsOf(labelled: Labelled): LabelledTexts {
  if (labelled.kind === "classes") return labelled;
  throw new LtdError("input", `texts with labels are needed, not ${labelled.kind}`);
}
