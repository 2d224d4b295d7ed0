/**
 * How far a vector moves when the text is typed otherwise: see `npm run bench:robustness -- --help`.
 *
 * Everything is drawn by a seed: the same models, texts and seed give the same table.
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { createEmbedder, withEmbedder } from "../../src/embed/embedder.ts";
import { placeIn } from "../shared/place.ts";
import { toMarkdown, type RobustnessReport, type SystemReport } from "./table.ts";
import { changesFor } from "./changes.ts";
import { measureDrift, type Embed } from "./drift.ts";
import { agreement, LONGEST, measureLengths, type LengthVectors } from "./lengths.ts";
import { demoSet, longTexts, pairSet, type TextSet } from "./texts.ts";
import { namedModels } from "../shared/named-models.ts";
import { openBert } from "../shared/bert.ts";
import { BATCH_SIZE } from "../shared/workload.ts";

const HELP = `Usage: npm run bench:robustness -- [options]

Types the demo's titles otherwise (traditional characters, full width, typos, marks, emoji, blanks, courtesy) and measures how near their
vectors stay and whether the nearest question of the FAQ stays the same; then texts of 1 to 512 characters.

  --model [NAME=]DIR    a model package, or the id of a bundled one; repeatable (default: the bundled model)
  --teacher DIR         model.onnx and tokenizer.json of the teacher, to stand beside
  --pairs FILE          another set: a TSV with a header, "question, question of the FAQ, label" (1: they mean the same); repeatable
  --questions N         questions of each set (default 500)
  --long-texts N        texts of 512 characters, and titles that are repeated (default 50)
  --threads N           threads that embed (default 1)
  --seed N              another draw (default 1)
  --write FILE          also puts the tables into a Markdown file, between its lines <!-- measured --> and <!-- end -->
  --json                one JSON document on the last line instead of tables

Examples:
  npm run bench:robustness
  npm run bench:robustness -- --model int8=data/int8 --model fp32=data/fp32 --teacher ../bge-small-zh-v1.5
  npm run bench:robustness -- --teacher ../bge-small-zh-v1.5 --pairs ../eval/pairs/lcqmc.dev.tsv --write docs/robustness.md
  npm run --silent bench:robustness -- --pairs ../eval/pairs/lcqmc.dev.tsv --json > robustness.json
`;

function readSettings() {
  const { values } = parseArgs({
    options: {
      model: { type: "string", multiple: true },
      teacher: { type: "string" },
      pairs: { type: "string", multiple: true, default: [] },
      questions: { type: "string", default: "500" },
      "long-texts": { type: "string", default: "50" },
      threads: { type: "string", default: "1" },
      seed: { type: "string", default: "1" },
      write: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const wholeNumber = (name: "questions" | "long-texts" | "threads" | "seed"): number => {
    const number = Number(values[name]);
    if (Number.isInteger(number) && number >= 1) return number;
    throw new Error(`--${name} is ${values[name]}, but must be a whole number from 1`);
  };
  return {
    ...values,
    questions: wholeNumber("questions"),
    longTexts: wholeNumber("long-texts"),
    threads: wholeNumber("threads"),
    seed: wholeNumber("seed"),
  };
}

/** A system that can be opened; one at a time is. */
interface System {
  name: string;
  id: string;
  /** Characters read of a text; undefined for the teacher, which reads all that is given here. */
  window?: number;
  use: <Result>(work: (embed: Embed) => Promise<Result>) => Promise<Result>;
}

async function systemsOf({ model, teacher, threads }: ReturnType<typeof readSettings>): Promise<System[]> {
  const systems: System[] = (await namedModels(model)).map((each) => ({
    name: each.name,
    id: each.model.description.id,
    window: each.model.description.text.maxChars,
    use: (work) =>
      withEmbedder(createEmbedder({ model: each.model, threads }), (embedder) =>
        work((texts) => embedder.embed(texts)),
      ),
  }));
  if (teacher === undefined) return systems;
  const use: System["use"] = async (work) => {
    const encoder = await openBert(resolve(teacher), threads, BATCH_SIZE);
    try {
      return await work((texts) => encoder.embedInputs(texts.map((text) => encoder.encode(text))));
    } finally {
      await encoder.close();
    }
  };
  return [...systems, { name: "teacher", id: "teacher", use }];
}

async function main(): Promise<void> {
  const settings = readSettings();
  if (settings.help) {
    process.stdout.write(HELP);
    return;
  }
  const { questions, seed } = settings;
  const write = settings.write === undefined ? undefined : placeIn(settings.write);
  const sets: TextSet[] = [demoSet(questions), ...settings.pairs.map((path) => pairSet(path, questions))];
  const long = longTexts(settings.longTexts, LONGEST);
  const titles = demoSet(settings.longTexts).questions;
  const systems = await systemsOf(settings);
  const reports: Record<string, SystemReport> = {};
  const vectors: Record<string, LengthVectors> = {};
  for (const { name, id, window, use } of systems) {
    const started = performance.now();
    await use(async (embed) => {
      const drifts = [];
      for (const set of sets) drifts.push(...(await measureDrift(set, changesFor(set.corpus), embed, seed)));
      vectors[name] = await measureLengths(long, titles, embed, window);
      reports[name] = { id, ...(window !== undefined && { window }), drifts, lengths: vectors[name].rows };
    });
    process.stderr.write(`${name}: ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
  }
  const teacher = vectors["teacher"];
  for (const [name, report] of Object.entries(reports)) {
    const found = teacher && name !== "teacher" ? agreement(vectors[name]!, teacher) : undefined;
    if (found) report.agreement = found;
  }
  const report: RobustnessReport = {
    settings: { questions, longTexts: long.length, seed },
    sets: sets.map((set) => ({ name: set.name, questions: set.questions.length, corpus: set.corpus.length })),
    systems: reports,
  };
  write?.(toMarkdown(report));
  process.stdout.write(settings.json ? `${JSON.stringify(report)}\n` : toMarkdown(report));
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
