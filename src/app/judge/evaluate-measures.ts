import { kMeans } from "../../cluster/k-means.ts";
import { openMatrixProduct } from "../../embed/matrix-product.ts";
import { BigramBm25, InvertedRows, sparseProduct, type SparseVector } from "../../judge/controls.ts";
import { denseFeatures, sparseFeatures, type Features } from "../../judge/features.ts";
import { stratifiedFolds } from "../../judge/folds.ts";
import type { Interval } from "../../judge/interval.ts";
import type { LabelledFaq, LabelledPairs, LabelledTexts } from "../../judge/labelled.ts";
import { classChances, trainLogistic } from "../../judge/logistic.ts";
import { areaUnderCurve, rankOf, reciprocalRank, spearman, vMeasure } from "../../judge/metrics.ts";
import type { Random } from "../../vector/random.ts";
import { createMatrix, rowOf, type Matrix } from "../../vector/matrix.ts";
import { dot, rowsOf } from "../../vector/product.ts";
import type { EvaluatedTexts } from "./evaluated-texts.ts";

/** One number of `evaluate`, with its 95 % bootstrap interval: NaN (null in JSON) for V-measure. */
export interface Score extends Interval {
  /** The model's id, or an untrained control: `char-IDF` or `bigram BM25`. */
  readonly system: string;
  readonly measure: "Spearman" | "AUC" | "R@1" | "MRR@10" | "accuracy" | "V-measure";
}

/** C of the logistic regression, as in distill/scores.py. */
const STRENGTH = 10;
const FOLDS = 5;
/** A control is not clustered beyond 200 MB. */
const DENSE_NUMBERS = 5e7;
/** Questions that are compared with all rows together. */
const BLOCK = 128;
const CHARACTERS = "char-IDF";
const BM25 = "bigram BM25";

/** A score for each drawing of units. */
interface Measured {
  system: string;
  measure: Score["measure"];
  score: (rows: Uint32Array) => number;
}

/** What is measured of labelled data, and how. */
export interface Measures {
  units: number;
  about: string;
  measured: Measured[];
}

/** Rank correlation and AUC of the cosines of pairs. */
export async function measurePairs(texts: EvaluatedTexts, { first, second, labels }: LabelledPairs): Promise<Measures> {
  const [a, b] = [await texts.embed(first), await texts.embed(second)];
  const cosines = [
    [texts.system, labels.map((_, row) => dot(rowOf(a.vectors, row), rowOf(b.vectors, row)))],
    [CHARACTERS, labels.map((_, row) => sparseProduct(a.bags[row]!, b.bags[row]!))],
  ] as const;
  const kinds = [...new Set(labels)];
  const isBinary = kinds.length === 2;
  const positive = labels.map((label) => label === Math.max(...kinds));
  const measured = cosines.flatMap(([system, cosine]): Measured[] => [
    { system, measure: "Spearman", score: (rows) => spearman(take(cosine, rows), take(labels, rows)) },
    ...(isBinary
      ? [
          {
            system,
            measure: "AUC" as const,
            score: (rows: Uint32Array) => areaUnderCurve(take(cosine, rows), take(positive, rows)),
          },
        ]
      : []),
  ]);
  const about =
    "pairs: rank correlation of cosine and label; AUC: the chance that a pair of the larger label is nearer";
  return { units: labels.length, about, measured };
}

/** The rank of the right row of each question. */
export async function measureFaq(texts: EvaluatedTexts, { questions, corpus, right }: LabelledFaq): Promise<Measures> {
  const [asked, answers] = [await texts.embed(questions), await texts.embed(corpus)];
  const inverted = new InvertedRows(answers.bags);
  const bm25 = new BigramBm25(corpus);
  const grams = new InvertedRows(bm25.rows);
  const ranks: [string, number[]][] = [
    [texts.system, await ranksOf(asked.vectors, answers.vectors, right)],
    [CHARACTERS, questions.map((_, row) => rankOf(inverted.products(asked.bags[row]!), right[row]!))],
    [BM25, questions.map((text, row) => rankOf(grams.products(bm25.question(text)), right[row]!))],
  ];
  const measured = ranks.flatMap(([system, ofQuestions]): Measured[] => [
    { system, measure: "R@1", score: (drawn) => mean(take(ofQuestions, drawn).map((rank) => (rank === 1 ? 1 : 0))) },
    { system, measure: "MRR@10", score: (drawn) => mean(take(ofQuestions, drawn).map((rank) => reciprocalRank(rank))) },
  ]);
  const about = `FAQ of ${corpus.length} rows: how often the right one is the first, and the mean of 1 / its rank`;
  return { units: questions.length, about, measured };
}

/** Accuracy of a logistic regression and V-measure of k-means. */
export async function measureClasses(
  texts: EvaluatedTexts,
  { texts: dev, labels }: LabelledTexts,
  train: LabelledTexts | undefined,
  random: Random,
): Promise<Measures> {
  const names = [...new Set([...(train?.labels ?? []), ...labels])].sort();
  const numbers = (given: readonly string[]) => given.map((label) => names.indexOf(label));
  const all = await texts.embed([...(train?.texts ?? []), ...dev]);
  const systems: [string, Features][] = [
    [texts.system, denseFeatures(all.vectors)],
    [CHARACTERS, sparseFeatures(all.bags, texts.characters)],
  ];
  const known = numbers(train?.labels ?? []);
  const wanted = numbers(labels);
  const everyone = [...known, ...wanted];
  // with a training file one fold: all of its rows train, all others are held out
  const folds =
    train === undefined
      ? stratifiedFolds(wanted, Math.min(FOLDS, wanted.length), random)
      : everyone.map((_, row) => (row < known.length ? -1 : 0));
  const measured = systems.map(([system, features]): Measured => {
    const isRight = new Map<number, number>();
    for (const fold of new Set(folds.filter((number) => number >= 0))) {
      const inside = [...folds.keys()].filter((row) => folds[row] !== fold);
      const labelsInside = inside.map((row) => everyone[row]!);
      const model = trainLogistic(features.pick(inside), labelsInside, names.length, STRENGTH);
      folds.forEach((heldOut, row) => {
        if (heldOut !== fold) return;
        const chances = classChances(model, features, row);
        isRight.set(row - known.length, chances.indexOf(Math.max(...chances)) === everyone[row] ? 1 : 0);
      });
    }
    const right = wanted.map((_, row) => isRight.get(row) ?? 0);
    return { system, measure: "accuracy", score: (rows) => mean(take(right, rows)) };
  });
  const own = rowsOf(all.vectors, known.length, all.vectors.rows);
  measured.push(await clustersOf(texts.system, own, wanted));
  const bags = dense(all.bags.slice(known.length));
  if (bags !== undefined) measured.push(await clustersOf(CHARACTERS, bags, wanted));
  const how = train === undefined ? "five folds" : `${known.length} training texts`;
  const about = `${names.length} classes: accuracy of a logistic regression (C = ${STRENGTH}), ${how}; V-measure of as many clusters`;
  return { units: labels.length, about, measured };
}

/** V-measure of k-means with as many clusters as labels, mean of three seeds. */
async function clustersOf(system: string, vectors: Matrix, labels: readonly number[]): Promise<Measured> {
  const { multiply, close } = await openMatrixProduct();
  try {
    const runs: Int32Array[] = [];
    for (const seed of [1, 2, 3])
      runs.push((await kMeans(vectors, multiply, { k: new Set(labels).size, seed })).labels);
    const score = (rows: Uint32Array) =>
      mean(
        runs.map((clusters) =>
          vMeasure(
            take(labels, rows),
            rows.map((row) => clusters[row]!),
          ),
        ),
      );
    return { system, measure: "V-measure", score };
  } finally {
    await close();
  }
}

/** Sparse vectors with all their zeros; undefined where that were too many. */
function dense(vectors: readonly SparseVector[]): Matrix | undefined {
  const columns = new Map<number, number>();
  for (const { indices } of vectors)
    for (const index of indices) if (!columns.has(index)) columns.set(index, columns.size);
  if (columns.size * vectors.length > DENSE_NUMBERS) return undefined;
  const matrix = createMatrix(vectors.length, columns.size);
  vectors.forEach(({ indices, values }, row) =>
    indices.forEach((index, at) => (rowOf(matrix, row)[columns.get(index)!] = values[at]!)),
  );
  return matrix;
}

function take<Item>(items: readonly Item[], rows: Uint32Array): Item[] {
  return Array.from(rows, (row) => items[row]!);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The rank from 1 of each question's right row among all rows. */
async function ranksOf(questions: Matrix, corpus: Matrix, right: readonly number[]): Promise<number[]> {
  const ranks: number[] = [];
  const { multiply, close } = await openMatrixProduct();
  try {
    for (let start = 0; start < questions.rows; start += BLOCK) {
      const part = rowsOf(questions, start, Math.min(start + BLOCK, questions.rows));
      const products = await multiply(part, corpus);
      for (let row = 0; row < part.rows; row++)
        ranks.push(rankOf(products.subarray(row * corpus.rows, (row + 1) * corpus.rows), right[start + row]!));
    }
  } finally {
    await close();
  }
  return ranks;
}
