import { openMatrixProduct } from "../../src/embed/matrix-product.ts";
import type { Embedder } from "../../src/index.ts";
import {
  boundFalseAnswers,
  chooseThreshold,
  operationAt,
  type Operation,
  type Trial,
} from "../../src/judge/calibration.ts";
import { CANDIDATES } from "../../src/judge/chance/feature.ts";
import { judgeFirst } from "../../src/judge/chance/judge.ts";
import { judgeOf } from "../../src/app/judge-of.ts";
import { FOREIGN_QUESTIONS } from "../../src/judge/foreign-questions.ts";
import { bareText } from "../../src/text/normalize.ts";
import { rowsOf } from "../../src/vector/product.ts";
import { Random } from "../../src/vector/random.ts";
import { number, table } from "../shared/markdown.ts";
import { adjustmentTable, measureAdjustment, type Adjusted } from "./adjustment.ts";
import { covidFaq, lawFaq, strangers, type AskedFaq } from "./law-faq.ts";

/** What a way of choosing did on questions that were not used, over all splits. */
export interface Kept {
  faq: string;
  way: string;
  precision: number;
  /** Labelled questions that the threshold was chosen with. */
  labelled: number;
  /** Share of the splits with a threshold. */
  found: number;
  /** Share of all splits with a threshold that did not keep the precision on the unused questions. */
  broken: number;
  /** Of the unused questions, means over the splits with a threshold. */
  measured: number;
  recall: number;
  falseAnswers: number;
}

const SPLITS = 200;
const PRECISIONS = [0.8, 0.9, 0.95];
const LABELLED = [200, 500, 1000];

/**
 * Chooses thresholds with some labelled questions and looks at what they do with the others, 200 times: half of the questions have an answer, a
 * quarter is of the FAQ's own field without one, a quarter is foreign.
 */
export async function measureCalibration(
  embedder: Embedder,
  folder: string,
): Promise<{ kept: Kept[]; adjusted: Adjusted[] }> {
  const law = lawFaq(folder);
  const foreign = strangers(folder, 3000);
  const trials = await ask(embedder, law, [law.unanswered, foreign]);
  const results: Kept[] = [];
  for (const precision of PRECISIONS)
    for (const labelled of LABELLED)
      for (const way of ["calibrate", "measured precision"] as const)
        results.push(promise(trials, way, precision, labelled));
  results.push(...(await withoutLabels(embedder, law, trials, "legal FAQ")));
  const covid = covidFaq(folder);
  const covidTrials = await ask(embedder, covid, [foreign]);
  results.push(...(await withoutLabels(embedder, covid, covidTrials, "covid and chit-chat")));
  return { kept: results, adjusted: measureAdjustment((labelled, random) => draw(trials, labelled, random)) };
}

function promise(
  trials: readonly Trial[][],
  way: "calibrate" | "measured precision",
  precision: number,
  labelled: number,
): Kept {
  const kept: { operation: Operation; held: boolean }[] = [];
  for (let split = 0; split < SPLITS; split++) {
    const random = new Random(split);
    const [used, unused] = draw(trials, labelled, random);
    const chosen = way === "calibrate" ? chooseThreshold(used, { precision }) : byMeasured(used, precision);
    if (chosen === undefined) continue;
    const operation = operationAt(unused, chosen.threshold, chosen.margin);
    kept.push({ operation, held: operation.precision.value >= precision });
  }
  const mean = (of: (operation: Operation) => number) =>
    kept.reduce((sum, { operation }) => sum + of(operation), 0) / kept.length;
  return {
    faq: "legal FAQ",
    way,
    precision,
    labelled,
    found: kept.length / SPLITS,
    broken: kept.filter(({ held }) => !held).length / SPLITS,
    measured: mean((operation) => operation.precision.value),
    recall: mean((operation) => operation.recall.value),
    falseAnswers: mean((operation) => operation.falseAnswers.value),
  };
}

/** What one would do without bounds: the lowest threshold whose measured precision is what is asked. */
function byMeasured(trials: readonly Trial[], precision: number): Operation | undefined {
  const sorted = [...trials].sort((a, b) => b.score - a.score);
  let [right, all, found] = [0, 0, -1];
  sorted.forEach(({ isRight, weight }, at) => {
    all += weight;
    right += isRight ? weight : 0;
    if (right >= precision * all && at >= 20) found = at;
  });
  return found < 0 ? undefined : operationAt(trials, sorted[found]!.score, 0);
}

async function withoutLabels(
  embedder: Embedder,
  faq: AskedFaq,
  trials: readonly Trial[][],
  name: string,
): Promise<Kept[]> {
  const rows = new Random(1).some(faq.corpus, 1000);
  const own = await ask(embedder, { ...faq, answered: [] }, [rows, FOREIGN_QUESTIONS]);
  const standIns = own.flatMap((kind) => kind.map((trial) => ({ ...trial, weight: 1 / kind.length })));
  const all = mix(trials);
  return PRECISIONS.flatMap((precision) => {
    const chosen = boundFalseAnswers(standIns, { share: 1 - precision });
    if (chosen === undefined) return [];
    const { precision: measured, recall, falseAnswers } = operationAt(all, chosen.threshold, 0);
    return {
      faq: name,
      way: "without labels",
      precision,
      labelled: 0,
      found: 1,
      broken: measured.value >= precision ? 0 : 1,
      measured: measured.value,
      recall: recall.value,
      falseAnswers: falseAnswers.value,
    };
  });
}

/** Trials of the questions that are answered, and of each kind of those that are not. A row does not answer its own text there. */
async function ask(embedder: Embedder, faq: AskedFaq, kinds: readonly (readonly string[])[]): Promise<Trial[][]> {
  const { multiply, close } = await openMatrixProduct();
  try {
    const corpus = await embedder.embed(faq.corpus);
    const bare = faq.corpus.map((text) => bareText(text));
    const judge = judgeOf(embedder.model);
    const trialsOf = async (questions: readonly string[], right: readonly (ReadonlySet<string> | null)[]) => {
      const vectors = await embedder.embed(questions);
      const trials: Trial[] = [];
      for (let start = 0; start < vectors.rows; start += 128) {
        const part = rowsOf(vectors, start, Math.min(start + 128, vectors.rows));
        const products = await multiply(part, corpus);
        for (let row = 0; row < part.rows; row++) {
          const own = right[start + row]! === null ? bareText(questions[start + row]!) : undefined;
          const similarities = products.subarray(row * corpus.rows, (row + 1) * corpus.rows);
          const near = nearest(similarities, bare, own).map((at) => ({
            text: faq.corpus[at]!,
            similarity: similarities[at]!,
          }));
          const [first, second] = near;
          const isAnswerable = right[start + row]! !== null;
          trials.push({
            score: judge ? judgeFirst(judge, questions[start + row]!, near).chance : first!.similarity,
            margin: second === undefined ? null : first!.similarity - second.similarity,
            isAnswerable,
            isRight: isAnswerable && right[start + row]!.has(first!.text),
            weight: 1,
          });
        }
      }
      return trials;
    };
    const answered = await trialsOf(
      faq.answered.map(({ question }) => question),
      faq.answered.map(({ right }) => right),
    );
    const others: Trial[][] = [];
    for (const questions of kinds)
      others.push(
        await trialsOf(
          questions,
          questions.map(() => null),
        ),
      );
    return [answered, ...others].filter((trials) => trials.length > 0);
  } finally {
    await close();
  }
}

/** The places of the nearest rows of different texts, nearest first, those of the text `own` left out. */
function nearest(similarities: Float32Array, bare: readonly string[], own: string | undefined): number[] {
  const found: number[] = [];
  similarities.forEach((similarity, row) => {
    const last = found.at(-1);
    if (found.length === CANDIDATES && similarity <= similarities[last!]!) return;
    if (bare[row] === own) return;
    const twin = found.findIndex((other) => bare[other] === bare[row]);
    if (twin >= 0 && similarities[found[twin]!]! >= similarity) return;
    if (twin >= 0) found.splice(twin, 1);
    const place = found.findIndex((other) => similarities[other]! < similarity);
    found.splice(place < 0 ? found.length : place, 0, row);
    found.length = Math.min(found.length, CANDIDATES);
  });
  return found;
}

/** Half of the questions with an answer, the other half in equal parts of each kind without one. */
function mix(kinds: readonly (readonly Trial[])[]): Trial[] {
  return kinds.flatMap((trials, kind) => {
    const share = kind === 0 ? 0.5 : 0.5 / (kinds.length - 1);
    return trials.map((trial) => ({ ...trial, weight: share / trials.length }));
  });
}

/** Draws a number of labelled questions, as a user would have them; and all the others. */
function draw(kinds: readonly (readonly Trial[])[], labelled: number, random: Random): [Trial[], Trial[]] {
  const used: Trial[] = [];
  const unused: Trial[][] = [];
  kinds.forEach((trials, kind) => {
    const shuffled = random.shuffled(trials);
    const count = Math.round(labelled * (kind === 0 ? 0.5 : 0.5 / (kinds.length - 1)));
    used.push(...shuffled.slice(0, count));
    unused.push(shuffled.slice(count));
  });
  return [used, mix(unused)];
}

/** The results as Markdown. */
export function calibrationTable({ kept, adjusted }: { kept: readonly Kept[]; adjusted: readonly Adjusted[] }): string {
  return `${keptTable(kept)}\n${adjustmentTable(adjusted)}`;
}

function keptTable(results: readonly Kept[]): string {
  const percent = (share: number) => (Number.isNaN(share) ? "–" : number(100 * share, 1));
  return table(
    "FAQ, way|wanted|labelled|found|broken|precision|right of the answerable|answered of the others".split("|"),
    results.map((each) => [
      `${each.faq}, ${each.way}`,
      percent(each.precision),
      number(each.labelled),
      percent(each.found),
      percent(each.broken),
      percent(each.measured),
      percent(each.recall),
      percent(each.falseAnswers),
    ]),
  );
}
