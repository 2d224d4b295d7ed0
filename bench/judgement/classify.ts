import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Embedder } from "../../src/index.ts";
import { predict, type Prediction } from "../../src/judge/classifier.ts";
import { reportOf } from "../../src/judge/classifier-report.ts";
import { trainClassifier } from "../../src/judge/train-classifier.ts";
import { characterBag } from "../../src/judge/controls.ts";
import { sparseFeatures, type Features } from "../../src/judge/features.ts";
import { classChances, trainLogistic } from "../../src/judge/logistic.ts";
import { lexemes } from "../../src/text/lexemes.ts";
import { rowOf, type Matrix } from "../../src/vector/matrix.ts";
import { Random } from "../../src/vector/random.ts";
import { startClock } from "../shared/clock.ts";
import { number, table } from "../shared/markdown.ts";

/** Means over draws of examples, on texts that were not drawn. */
export interface ClassifyScore {
  set: string;
  classes: number;
  examples: number;
  system: string;
  accuracy: number;
  macroF1: number;
  /** Of the texts that are not rejected: share of all, and how many are right. Null: it rejects nothing. */
  covered: number | null;
  precision: number | null;
  /** Of choosing and training, from vectors and characters that are there. */
  trainSeconds: number;
  /** Of 1,000 texts. */
  predictSeconds: number;
}

const DRAWS = 8;
const EXAMPLES = [8, 32];
const TEST_TEXTS = 1000;
const CONTROL = "char-IDF, logistic regression";

const METHODS = [undefined, "centroid", "neighbours", "logistic", "joined"] as const;

interface LabelledSet {
  name: string;
  train: [string, string][];
  test: [string, string][];
}

/** The student's classifiers beside a logistic regression (C = 10) on weighted characters, from 8 and 32 examples a class. */
export async function measureClassify(embedder: Embedder, folder: string): Promise<ClassifyScore[]> {
  const scores: ClassifyScore[] = [];
  for (const set of setsOf(folder)) {
    const names = [...new Set(set.train.map(([, label]) => label))].sort();
    const asked = await read(embedder, names, new Random(7).some(set.test, TEST_TEXTS));
    for (const examples of EXAMPLES) {
      const runs: ClassifyScore[][] = [];
      for (let draw = 0; draw < DRAWS; draw++) {
        const chosen = names.flatMap((name) =>
          new Random(draw).some(
            set.train.filter(([, label]) => label === name),
            examples,
          ),
        );
        runs.push(compare(set.name, names, await read(embedder, names, chosen), asked, examples));
      }
      for (const [at, { system }] of runs[0]!.entries())
        scores.push(
          meanOf(
            runs.map((run) => run[at]!),
            system,
          ),
        );
    }
  }
  return scores;
}

/** N texts as the systems look at them. */
interface Texts {
  vectors: Matrix;
  lexemes: string[][];
  bags: Features;
  labels: number[];
}

async function read(
  embedder: Embedder,
  names: readonly string[],
  texts: readonly (readonly [string, string])[],
): Promise<Texts> {
  const inputs = texts.map(([text]) => embedder.encode(text));
  return {
    vectors: await embedder.embedInputs(inputs),
    lexemes: inputs.map((input) => (input ? lexemes(input) : [])),
    bags: sparseFeatures(
      inputs.map((input) => (input ? characterBag(input) : { indices: [], values: [] })),
      embedder.model.tables.characterIds.size + 2,
    ),
    labels: texts.map(([, label]) => names.indexOf(label)),
  };
}

function compare(set: string, names: readonly string[], train: Texts, test: Texts, examples: number): ClassifyScore[] {
  const measure = (system: string, learn: () => (row: number) => Prediction): ClassifyScore => {
    const clock = startClock();
    const ask = learn();
    const { seconds: trainSeconds } = clock();
    const again = startClock();
    const predictions = test.labels.map((_, row) => ask(row));
    const { seconds } = again();
    const { accuracy, macroF1, covered, precision } = reportOf(predictions, test.labels, names);
    const rejects = system !== CONTROL;
    return {
      set,
      classes: names.length,
      examples,
      system,
      accuracy: accuracy.value,
      macroF1,
      covered: rejects ? covered.value : null,
      precision: rejects ? precision.value : null,
      trainSeconds,
      predictSeconds: (1000 * seconds) / test.labels.length,
    };
  };
  const own = METHODS.map((method) =>
    measure(`student, ${method ?? "chosen"}`, () => {
      const options = { random: new Random(1), lexemes: train.lexemes, ...(method && { method }) };
      const { classifier } = trainClassifier(train.vectors, train.labels, names, options);
      return (row) => predict(classifier, rowOf(test.vectors, row), test.lexemes[row]);
    }),
  );
  const control = measure(CONTROL, () => {
    const model = trainLogistic(train.bags, train.labels, names.length, 10);
    return (row) => {
      const chances = classChances(model, test.bags, row);
      const chance = Math.max(...chances);
      const best = names[chances.indexOf(chance)]!;
      return { label: best, best, chance };
    };
  });
  return [...own, control];
}

function meanOf(runs: readonly ClassifyScore[], system: string): ClassifyScore {
  const mean = (of: (run: ClassifyScore) => number) => runs.reduce((sum, run) => sum + of(run), 0) / runs.length;
  return {
    ...runs[0]!,
    system,
    accuracy: mean(({ accuracy }) => accuracy),
    macroF1: mean(({ macroF1 }) => macroF1),
    covered: runs[0]!.covered === null ? null : mean(({ covered }) => covered ?? 0),
    precision: runs[0]!.precision === null ? null : mean(({ precision }) => precision ?? 0),
    trainSeconds: mean(({ trainSeconds }) => trainSeconds),
    predictSeconds: mean(({ predictSeconds }) => predictSeconds),
  };
}

function setsOf(folder: string): LabelledSet[] {
  const rows = (path: string, label: number, limit = 20_000) =>
    readFileSync(join(folder, path), "utf8")
      .split("\n")
      .slice(1, 1 + limit)
      .filter((line) => line !== "")
      .map((line): [string, string] => [line.split("\t")[0]!, line.split("\t")[label]!]);
  const intents = (label: number) => {
    const all = rows("intent/smp2019.train.tsv", label);
    const often = all.filter(([, name]) => all.filter(([, other]) => other === name).length >= 40);
    return { train: often.filter((_, at) => at % 2 === 0), test: often.filter((_, at) => at % 2 === 1) };
  };
  return [
    { name: "THUCNews", train: rows("cls/thucnews10.train.tsv", 1), test: rows("cls/thucnews10.dev.tsv", 1) },
    { name: "TNEWS", train: rows("cls/fewclue_tnews.train.tsv", 1), test: rows("cls/fewclue_tnews.test.tsv", 1) },
    {
      name: "SMP2020 emotions",
      train: rows("cls/smp2020_ewect.train.tsv", 1),
      test: rows("cls/smp2020_ewect.dev.tsv", 1),
    },
    { name: "SMP2019 domain", ...intents(1) },
    { name: "SMP2019 intent", ...intents(2) },
  ];
}

/** The scores as Markdown. */
export function classifyTable(scores: readonly ClassifyScore[]): string {
  const percent = (share: number | null) => (share === null || Number.isNaN(share) ? "–" : number(100 * share, 1));
  return table(
    [
      "set, examples a class",
      "system",
      "accuracy",
      "macro-F1",
      "not rejected",
      "of these right",
      "seconds to train",
      "seconds for 1,000",
    ],
    scores.map((each) => [
      `${each.set} (${each.classes}), ${each.examples}`,
      each.system,
      percent(each.accuracy),
      percent(each.macroF1),
      percent(each.covered),
      percent(each.precision),
      number(each.trainSeconds, 2),
      number(each.predictSeconds, 3),
    ]),
  );
}
