import { openMatrixProduct } from "../../src/embed/matrix-product.ts";
import type { Embedder } from "../../src/index.ts";
import type { Interval } from "../../src/judge/interval.ts";
import { meanWording, NEAR_WORDING } from "../../src/vector/mean-wording.ts";
import { createMatrix, rowOf, type Matrix } from "../../src/vector/matrix.ts";
import { rowsOf, type MatrixProduct } from "../../src/vector/product.ts";
import { Random } from "../../src/vector/random.ts";
import { number, table } from "../shared/markdown.ts";
import { everydayCase, lawCases, type Case } from "./alias-cases.ts";
import { ByText } from "./by-text.ts";
import { wordedLawFaq } from "./law-faq.ts";
import { interval, measureRefusals, percent, refusalTable, share, type RefusalScore } from "./refusals.ts";

/** Similarities to the text from which a wording enters the mean. */
const NEAREST = [-1, 0.5, 0.6, NEAR_WORDING];
const MEANS = NEAREST.map((nearest) => (nearest === -1 ? "mean of all" : `mean of those from ${nearest}`));
/**
 * How the further wordings of a row can count: not at all; in the row's vector, with the text for a half; as vectors of their own; or in the
 * vector (of those near enough) and as vectors of their own.
 */
const WAYS = ["not at all", ...MEANS, "vectors of their own", "both"];

/** What one way does with the questions of one case. */
export interface AliasScore {
  about: string;
  asked: string;
  way: string;
  questions: number;
  /** The right row is the first. */
  first: Interval;
  /** The first row has a similarity of 0.90. */
  answered: number;
  /** Of those: right. */
  precision: Interval;
}

const ANSWER = 0.9;
/** Questions that are compared together. */
const BLOCK = 64;

/** Asks the legal FAQ in wordings that it does not have, with and without further wordings of its rows, and with negative questions. */
export async function measureAliases(
  embedder: Embedder,
  folder: string,
): Promise<{ aliases: AliasScore[]; refusals: RefusalScore[] }> {
  const { corpus, worded, distinct } = wordedLawFaq(folder);
  const product = await openMatrixProduct();
  try {
    const vectors = new ByText(embedder);
    const aliases: AliasScore[] = [];
    const law = lawCases(corpus, new Random(1).some(worded, worded.length));
    for (const each of [...law, everydayCase(folder)]) aliases.push(...(await ask(vectors, product.multiply, each)));
    return { aliases, refusals: await measureRefusals(vectors, distinct) };
  } finally {
    await product.close();
  }
}

async function ask(vectors: ByText, multiply: MatrixProduct, each: Case): Promise<AliasScore[]> {
  const { corpus, aliases, questions } = each;
  const plain = corpus.filter((text) => !aliases.has(text));
  const aliased = corpus.filter((text) => aliases.has(text));
  const own = await vectors.of(aliased);
  const wordings = await vectors.of(aliased.flatMap((text) => aliases.get(text)!));
  const owners = aliased.flatMap((text, row) => aliases.get(text)!.map(() => row));
  const means = NEAREST.map((nearest) => meansOf(own, wordings, owners, nearest));
  const matrices = [await vectors.of(plain), own, wordings, ...means];
  const asked = await vectors.of(questions.map(({ text }) => text));
  const found = new Map(WAYS.map((way): [string, { isFirst: boolean; isAnswer: boolean }[]] => [way, []]));
  for (let start = 0; start < asked.rows; start += BLOCK) {
    const block = rowsOf(asked, start, Math.min(asked.rows, start + BLOCK));
    const products: Float32Array[] = [];
    for (const matrix of matrices) products.push(await multiply(block, matrix));
    for (let at = 0; at < block.rows; at++) {
      const [others, text, single, ...byMean] = products.map((product, n) => {
        const { rows } = matrices[n]!;
        return product.subarray(at * rows, (at + 1) * rows);
      });
      const raised = (scores: Float32Array) => {
        const most = scores.slice();
        owners.forEach((row, wording) => (most[row] = Math.max(most[row]!, single![wording]!)));
        return most;
      };
      const near = byMean[NEAREST.indexOf(NEAR_WORDING)]!.map((score, row) => Math.max(score, text![row]!));
      const rest = largest(others!);
      [text!, ...byMean, raised(text!), raised(near)].forEach((scores, way) => {
        const best = largest(scores);
        const isOwn = best >= 0 && scores[best]! > others![rest]!;
        const row = isOwn ? aliased[best] : plain[rest];
        const score = isOwn ? scores[best]! : others![rest]!;
        found.get(WAYS[way]!)!.push({ isFirst: row === questions[start + at]!.row, isAnswer: score >= ANSWER });
      });
    }
  }
  const kinds = [...new Set(questions.map((question) => question.asked))];
  return kinds.flatMap((kind) =>
    WAYS.map((way) => {
      const of = found.get(way)!.filter((_, at) => questions[at]!.asked === kind);
      const answers = of.filter(({ isAnswer }) => isAnswer);
      return {
        about: each.about,
        asked: kind,
        way,
        questions: of.length,
        first: share(of, ({ isFirst }) => isFirst),
        answered: answers.length / of.length,
        precision: share(answers, ({ isFirst }) => isFirst),
      };
    }),
  );
}

/** N x D: the vectors of rows with their wordings. */
function meansOf(rows: Matrix, wordings: Matrix, owners: readonly number[], nearest: number): Matrix {
  const means = createMatrix(rows.rows, rows.dims);
  for (let row = 0; row < rows.rows; row++) {
    const own = owners.flatMap((owner, at) => (owner === row ? [rowOf(wordings, at)] : []));
    rowOf(means, row).set(meanWording(rowOf(rows, row), own, nearest));
  }
  return means;
}

/** Where the largest number stands; -1 for none. */
function largest(numbers: Float32Array): number {
  let first = numbers.length === 0 ? -1 : 0;
  for (let at = 1; at < numbers.length; at++) if (numbers[at]! > numbers[first]!) first = at;
  return first;
}

export function aliasTable({ aliases, refusals }: Awaited<ReturnType<typeof measureAliases>>): string {
  const scores = table(
    ["further wordings", "questions about", "count", "questions", "R@1", "at 0.90 or more", "of these right"],
    aliases.map(({ about, asked, way, questions, first, answered, precision }) => [
      about,
      asked,
      way,
      number(questions),
      interval(first),
      percent(answered),
      interval(precision),
    ]),
  );
  return `${scores}\n${refusalTable(refusals)}`;
}
