import type { Command } from "commander";
import { writeDistillInputs, writeDistillTables } from "../../app/train/distill-data.ts";
import { writeJudgeData } from "../../app/train/judge-data.ts";
import { checkParity } from "../../app/train/parity.ts";
import { packModel } from "../../app/train/pack-model.ts";
import { DEFAULT_MODEL } from "../../embed/model-package.ts";
import { configOf, flagsOf, type Context } from "../context.ts";
import { count, renderPairs, writeResult } from "../output.ts";

/**
 * Least cosine of two vectors of one text, whatever stands beside it. The bundled students have 0.9999999; one of 16
 * units, as the tests train it, has 0.999994 on a processor without VNNI, where one step of 1/127 weighs more.
 */
const SAME_COSINE = 0.99999;
/** Least cosine of the vectors of the two engines. */
const ENGINES_COSINE = 0.9999;

interface Flags {
  corpus: string;
  tables: string;
  texts: string;
  graph: string;
  about: string;
  reference: string;
  out: string;
  maxChars?: string;
  minDf?: string;
  maxWords?: string;
  pieces?: string;
}

export function defineDistillData(verb: Command, context: Context): void {
  defineTables(verb, context);
  defineInputs(verb, context);
  definePackage(verb, context);
  defineParity(verb, context);
  defineJudge(verb, context);
}

function defineTables(verb: Command, context: Context): void {
  verb
    .command("tables")
    .description("Count a corpus: characters, dictionary, document frequencies.")
    .requiredOption("--corpus <file>", "sentences, one a line, or a TSV with a column sentence; .gz is unpacked")
    .requiredOption("--out <folder>", "folder for chars.txt, words.tsv and tables.json")
    .option("--min-df <n>", "a word in fewer sentences has no embedding of its own", "16")
    .option("--max-words <n>", "words that have an embedding, the most frequent ones", "60000")
    .option("--max-chars <n>", "characters that the student reads of a text", "128")
    .option("--pieces <file>", "pieces of Latin words and numbers to begin with, one a line (distill/pieces.py)")
    .action(async (_options: object, command: Command) => {
      const flags = flagsOf<Flags>(command);
      const tables = await writeDistillTables(flags.corpus, flags.out, {
        minEmbeddedFrequency: Number(flags.minDf),
        maxEmbeddedWords: Number(flags.maxWords),
        maxChars: Number(flags.maxChars),
        ...(flags.pieces === undefined ? {} : { pieces: flags.pieces }),
      });
      await writeResult(context, flags, tables, (done) => renderPairs({ ...done, documents: count(done.documents) }));
    });
}

function defineInputs(verb: Command, context: Context): void {
  verb
    .command("inputs")
    .description("Write the student's input for each text as NumPy arrays.")
    .requiredOption("--tables <folder>", "folder of `distill-data tables`")
    .requiredOption("--texts <file>", "texts, one a line")
    .requiredOption("--out <folder>", "folder for offsets.npy, chars.npy, words.npy and weights.npy")
    .action(async (_options: object, command: Command) => {
      const flags = flagsOf<Flags>(command);
      const done = await writeDistillInputs(flags.tables, flags.texts, flags.out);
      await writeResult(context, flags, done, ({ rows, characters }) =>
        renderPairs({ rows: count(rows), characters: count(characters) }),
      );
    });
}

function definePackage(verb: Command, context: Context): void {
  verb
    .command("package")
    .description("Package an exported graph, its tables and its description into a model folder.")
    .requiredOption("--tables <folder>", "folder of `distill-data tables`")
    .requiredOption("--graph <file>", "student.onnx of distill/export.py")
    .requiredOption("--about <file>", "JSON with id, description, licence, thresholds, teacher, data and scores")
    .requiredOption("--out <folder>", "model folder to write")
    .action(async (_options: object, command: Command) => {
      const flags = flagsOf<Flags>(command);
      const done = await packModel(flags);
      await writeResult(context, flags, done, (model) =>
        renderPairs({
          model: model.id,
          dims: model.dims,
          ...Object.fromEntries(
            Object.entries(model.files).map(([name, file]) => [name, `${count(file.bytes)} bytes`]),
          ),
        }),
      );
    });
}

function defineParity(verb: Command, context: Context): void {
  verb
    .command("parity")
    .description(
      "Compare vectors made from text by ONNX Runtime with those of PyTorch, in several batches; ends with 3 if they differ.",
    )
    .requiredOption("--texts <file>", "texts that the inputs were written from, one a line")
    .requiredOption("--reference <folder>", "folder of distill/export.py with reference.npy")
    .option("--least <cosine>", "smallest cosine to PyTorch that passes; a float32 graph reaches 0.9999", "0.999")
    .action(async (_options: object, command: Command) => {
      const flags = flagsOf<Flags & { least: string }>(command);
      const done = await checkParity({ ...flags, model: configOf(context, flags).model ?? DEFAULT_MODEL });
      await writeResult(context, flags, done, (found) => renderPairs({ ...found }));
      const same = Math.min(done.worstAlone, done.worstReordered) >= SAME_COSINE;
      if (!(same && done.worstEngine >= ENGINES_COSINE && done.worst >= Number(flags.least))) context.exitCode = 3;
    });
}

function defineJudge(verb: Command, context: Context): void {
  verb
    .command("judge")
    .description(
      "Ask the questions of FAQ tables, and generated ones, and write what distill/judge.py fits the judge to.",
    )
    .requiredOption("--eval <folder>", "tables: NAME.rows.tsv, NAME.questions.tsv and NAME.kinds.tsv")
    .requiredOption("--lexicon <file>", "words that mean the same or exclude each other: distill/judge-lexicon.txt")
    .requiredOption("--out <file>", "JSON Lines to write")
    .action(async (_options: object, command: Command) => {
      const flags = flagsOf<Flags & { eval: string; lexicon: string }>(command);
      const done = await writeJudgeData({ ...flags, model: configOf(context, flags).model ?? DEFAULT_MODEL });
      await writeResult(context, flags, done, ({ tables, trials, made }) =>
        renderPairs({ tables: count(tables), trials: count(trials), made: count(made) }),
      );
    });
}
