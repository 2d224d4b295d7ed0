import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Embedder } from "../../src/index.ts";
import { predict, reportOf, trainClassifier } from "../../src/judge/classifier.ts";
import { characterBag } from "../../src/judge/controls.ts";
import { sparseFeatures } from "../../src/judge/features.ts";
import { classChances, trainLogistic } from "../../src/judge/logistic.ts";
import { rowOf, type Matrix } from "../../src/vector/matrix.ts";
import { Random } from "../../src/vector/random.ts";
import { number, table } from "../report/markdown.ts";

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
  seconds: number;
}

const DRAWS = 2;
const EXAMPLES = [8, 32];
const TEST_TEXTS = 1000;
const CONTROL = "char-IDF, logistic regression";

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
    const test = new Random(7).some(set.test, TEST_TEXTS);
    const truth = test.map(([, label]) => names.indexOf(label));
    const testVectors = await embedder.embed(test.map(([text]) => text));
    const testBags = test.map(([text]) => bagOf(embedder, text));
    for (const examples of EXAMPLES) {
      const runs: ClassifyScore[][] = [];
      for (let draw = 0; draw < DRAWS; draw++) {
        const chosen = names.flatMap((name) =>
          new Random(draw).some(
            set.train.filter(([, label]) => label === name),
            examples,
          ),
        );
        const labels = chosen.map(([, label]) => names.indexOf(label));
        const vectors = await embedder.embed(chosen.map(([text]) => text));
        runs.push(
          compare(embedder, set.name, names, { chosen, labels, vectors }, { testVectors, testBags, truth }, examples),
        );
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

function compare(
  embedder: Embedder,
  set: string,
  names: readonly string[],
  train: { chosen: readonly [string, string][]; labels: readonly number[]; vectors: Matrix },
  test: { testVectors: Matrix; testBags: ReturnType<typeof bagOf>[]; truth: readonly number[] },
  examples: number,
): ClassifyScore[] {
  const common = { set, classes: names.length, examples };
  const scores: ClassifyScore[] = [];
  for (const method of [undefined, "centroid", "neighbours", "logistic"] as const) {
    const started = performance.now();
    const options = { random: new Random(1), ...(method && { method }) };
    const { classifier } = trainClassifier(train.vectors, train.labels, names, options);
    const seconds = (performance.now() - started) / 1000;
    const predictions = test.truth.map((_, row) => predict(classifier, rowOf(test.testVectors, row)));
    const report = reportOf(predictions, test.truth, names);
    scores.push({
      ...common,
      system: `student, ${method ?? "chosen"}`,
      accuracy: report.accuracy.value,
      macroF1: report.macroF1,
      covered: report.covered.value,
      precision: report.precision.value,
      seconds,
    });
  }
  const dims = embedder.model.tables.characterIds.size + 2;
  const bags = sparseFeatures(
    train.chosen.map(([text]) => bagOf(embedder, text)),
    dims,
  );
  const started = performance.now();
  const model = trainLogistic(bags, train.labels, names.length, 10);
  const seconds = (performance.now() - started) / 1000;
  const asked = sparseFeatures(test.testBags, dims);
  const predictions = test.truth.map((_, row) => {
    const chances = classChances(model, asked, row);
    const chance = Math.max(...chances);
    const best = names[chances.indexOf(chance)]!;
    return { label: best, best, chance };
  });
  const { accuracy, macroF1 } = reportOf(predictions, test.truth, names);
  scores.push({
    ...common,
    system: CONTROL,
    accuracy: accuracy.value,
    macroF1,
    covered: null,
    precision: null,
    seconds,
  });
  return scores;
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
    seconds: mean(({ seconds }) => seconds),
  };
}

function bagOf(embedder: Embedder, text: string) {
  const input = embedder.encode(text);
  return input ? characterBag(input) : { places: [], values: [] };
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
    { name: "SMP2019 domain", ...intents(1) },
    { name: "SMP2019 intent", ...intents(2) },
  ];
}

/** The scores as Markdown. */
export function classifyTable(scores: readonly ClassifyScore[]): string {
  const percent = (share: number | null) => (share === null || Number.isNaN(share) ? "–" : number(100 * share, 1));
  return table(
    ["set, examples a class", "system", "accuracy", "macro-F1", "not rejected", "of these right", "seconds"],
    scores.map((each) => [
      `${each.set} (${each.classes}), ${each.examples}`,
      each.system,
      percent(each.accuracy),
      percent(each.macroF1),
      percent(each.covered),
      percent(each.precision),
      number(each.seconds, 2),
    ]),
  );
}
