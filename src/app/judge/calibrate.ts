import { sampleKeys, storeCalibration } from "../../db/indexes/calibration.ts";
import type { Database } from "../../db/database.ts";
import type { Calibration, IndexRecord } from "../../db/index-record.ts";
import { nearestToKey } from "../../db/ask/nearest.ts";
import type { Embedder } from "../../embed/embedder.ts";
import { LtdError } from "../../errors.ts";
import { boundFalseAnswers, chooseThreshold, operationAt, operationCurve } from "../../judge/calibration.ts";
import type { Operation, Trial } from "../../judge/calibration.ts";
import { FOREIGN_QUESTIONS } from "../../judge/foreign-questions.ts";
import type { LabelledQuestion } from "../../judge/labelled-questions.ts";
import { normalize } from "../../text/normalize.ts";
import { match } from "../ask/match.ts";
import { searchableIndex } from "../ask/searchable.ts";
import { readBehind } from "../behind.ts";
import { noVectors } from "../status.ts";

/** What {@link calibrate} is asked for. */
export interface CalibrateOptions {
  /** Questions whose row is known, or of which it is known that the table has none. Default: none; see {@link calibrate}. */
  questions?: readonly LabelledQuestion[];
  /** Questions that the table does not answer. Default: a list of everyday questions. */
  foreign?: readonly string[];
  /** Share of the answers that shall be right, in (0, 1). Default 0.9. */
  precision?: number;
  /** Share of the first suggestions that shall be right, in (0, 1). Default 0.7. */
  suggestPrecision?: number;
  /** How sure both are, in [0.5, 1). Default 0.95. */
  confidence?: number;
  /** How far the first row must be before the second, or several to choose from; in [0, 2]. Default: 0; from 300 questions on 0, 0.02, 0.05. */
  margins?: readonly number[];
  /** Share of the questions to come that the table does not answer, in [0, 1). Default: as in `questions`, or 0.5 where these all have an answer. */
  foreignShare?: number;
  /** Rows that are asked as questions nobody else answers, 0 to 100,000. Default 1,000. */
  sampleRows?: number;
  /** Store what was found. Default true. */
  save?: boolean;
  seed?: number;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

/** What {@link calibrate} found. */
export interface CalibrateResult {
  readonly index: string;
  readonly generation: number;
  readonly model: string;
  /** Measured with labelled questions; otherwise only false answers could be bounded. */
  readonly isLabelled: boolean;
  readonly asked: { readonly precision: number; readonly suggestPrecision: number; readonly confidence: number };
  readonly questions: {
    readonly answerable: number;
    readonly unanswerable: number;
    /** What the unanswerable ones are. */
    readonly unanswerableAre: "labelled" | "rows and foreign questions";
    /** What they count of all, in [0, 1]. */
    readonly foreignShare: number;
  };
  /** Null: no threshold keeps what was asked; nothing is stored then. */
  readonly answer: Operation | null;
  readonly suggest: Operation | null;
  /** Thresholds from the highest on, each with what it does, at the margin that was chosen. */
  readonly curve: readonly Operation[];
  /** Changed rows that the index had not seen: what was measured is of the index without them. */
  readonly pending: number;
  readonly saved: boolean;
}

/** Questions that are asked together. */
const CHUNK = 64;
/** From so many questions on a margin is looked for: it takes some of the certainty. */
const MARGIN_QUESTIONS = 300;

/**
 * Finds the thresholds of an index for a precision, and stores them with the generation and model that they were measured for.
 *
 * With labelled questions: the lowest threshold whose precision is, with the confidence asked for, at least what is asked, for questions like
 * these. Where all of them have an answer, the table's own rows (each asked with itself left out: the nearest other row is no answer) and foreign
 * questions stand in for those that have none. Without labels there is no precision to measure: at most 1 − `precision` of such stand-ins
 * get an answer (1 − `suggestPrecision` a suggestion).
 *
 * Costs one `match` a question and a look at the nearest row for each sampled row: some milliseconds each.
 *
 * @throws LtdError "usage" for a number out of range, "index" for an index without vectors
 */
export async function calibrate(
  database: Database,
  index: IndexRecord,
  embedder: Embedder,
  options: CalibrateOptions = {},
): Promise<CalibrateResult> {
  const { precision = 0.9, suggestPrecision = Math.min(0.7, precision), confidence = 0.95, save = true } = options;
  const { questions = [], seed = 1, sampleRows = 1000, signal } = options;
  requireShare("precision", precision);
  requireShare("suggestPrecision", suggestPrecision);
  requireShare("confidence", confidence, 0.5);
  if (options.foreignShare !== undefined) requireShare("foreignShare", options.foreignShare, -Number.EPSILON);
  if (suggestPrecision > precision)
    throw new LtdError("usage", `a suggestion cannot be surer (${suggestPrecision}) than an answer (${precision})`);

  const known = questions.filter(({ keys, texts }) => keys.length + texts.length > 0);
  const unknown = questions.filter(({ keys, texts }) => keys.length + texts.length === 0);
  const areLabelled = unknown.length > 0;
  const rows = areLabelled ? [] : await sampleKeys(database, index, sampleRows, seed);
  if (!areLabelled && rows.length === 0 && sampleRows > 0) {
    throw noVectors(index, (await readBehind(database, index)).pending);
  }
  const strangers = areLabelled ? [] : [...(options.foreign ?? FOREIGN_QUESTIONS)];
  const total = questions.length + rows.length + strangers.length;
  let done = 0;
  const step = (more: number) => options.onProgress?.((done += more), total);

  const searchable = searchableIndex(database, { record: index, embedder });
  const ask = async (asked: readonly LabelledQuestion[]): Promise<Omit<Trial, "weight">[]> => {
    const trials: Omit<Trial, "weight">[] = [];
    for (let start = 0; start < asked.length; start += CHUNK) {
      const chunk = asked.slice(start, start + CHUNK);
      const texts = chunk.map(({ question }) => question);
      const results = await match(searchable, texts, { limit: 2, ...(signal && { signal }) });
      results.forEach(({ answers: [first], margin }, at) => {
        const { keys, texts: same } = chunk[at]!;
        const isRight =
          first !== undefined &&
          (keys.includes(first.key.join(", ")) || same.some((text) => normalize(text) === normalize(first.text)));
        trials.push({
          similarity: first?.similarity ?? -1,
          margin,
          isRight,
          isAnswerable: keys.length + same.length > 0,
        });
      });
      step(chunk.length);
    }
    return trials;
  };
  const answerable = await ask(known);
  const unanswerable = areLabelled
    ? [await ask(unknown)]
    : [
        await askRows(database, index, rows, step, signal),
        await ask(strangers.map((question) => ({ question, keys: [], texts: [], wrong: [] }))),
      ].filter((trials) => trials.length > 0);

  const foreignShare = options.foreignShare ?? (areLabelled ? unknown.length / questions.length : 0.5);
  const trials = weigh(answerable, unanswerable, known.length === 0 ? 1 : foreignShare);
  const isLabelled = known.length > 0;
  const margins = options.margins ?? (trials.length >= MARGIN_QUESTIONS ? [0, 0.02, 0.05] : [0]);
  const answer = isLabelled
    ? chooseThreshold(trials, { precision, confidence, margins })
    : boundFalseAnswers(trials, { share: 1 - precision, confidence });
  const lower = isLabelled
    ? chooseThreshold(trials, { precision: suggestPrecision, confidence })
    : boundFalseAnswers(trials, { share: 1 - suggestPrecision, confidence });
  const suggest =
    answer && lower ? operationAt(trials, Math.min(lower.threshold, answer.threshold), 0) : (lower ?? null);
  const { pending } = await readBehind(database, index);
  const result: CalibrateResult = {
    index: index.name,
    generation: index.generation,
    model: index.modelId,
    isLabelled,
    asked: { precision, suggestPrecision, confidence },
    questions: {
      answerable: answerable.length,
      unanswerable: trials.length - answerable.length,
      unanswerableAre: areLabelled ? "labelled" : "rows and foreign questions",
      foreignShare: isLabelled ? foreignShare : 1,
    },
    answer: answer ?? null,
    suggest,
    curve: operationCurve(trials, answer?.margin ?? 0),
    pending,
    saved: save && answer !== undefined,
  };
  if (result.saved) await storeCalibration(database, index, toStore(index, result));
  return result;
}

/** Gives an index the thresholds of its model back. */
export async function forgetCalibration(database: Database, index: IndexRecord): Promise<void> {
  await storeCalibration(database, index, null);
}

function toStore(index: IndexRecord, result: CalibrateResult): Calibration {
  const { index: _name, generation, model, saved: _saved, ...report } = result;
  const answer = result.answer!.threshold;
  return {
    at: new Date().toISOString(),
    generation,
    model,
    modelChecksum: index.modelChecksum,
    answer,
    suggest: result.suggest?.threshold ?? answer,
    margin: result.answer!.margin,
    report,
  };
}

/** Each row as a question that no other row answers. Rows of the same text are passed over. */
async function askRows(
  database: Database,
  index: IndexRecord,
  keys: readonly (readonly string[])[],
  step: (more: number) => void,
  signal: AbortSignal | undefined,
): Promise<Omit<Trial, "weight">[]> {
  const trials: Omit<Trial, "weight">[] = [];
  for (const key of keys) {
    signal?.throwIfAborted();
    const near = await nearestToKey(database, index, key, 5);
    const [first, second] = near.filter(({ similarity }) => similarity < SAME_TEXT);
    const margin = first && second ? first.similarity - second.similarity : null;
    trials.push({ similarity: first?.similarity ?? -1, margin, isRight: false, isAnswerable: false });
    step(1);
  }
  return trials;
}

/** Rows that are as near as this have the same text, up to what its normalisation leaves out. */
const SAME_TEXT = 0.99999;

/** Weights that sum to the number of trials: the unanswerable ones have `share` of them, each kind of these as much as another. */
function weigh(
  answerable: readonly Omit<Trial, "weight">[],
  kinds: readonly (readonly Omit<Trial, "weight">[])[],
  share: number,
): Trial[] {
  const total = answerable.length + kinds.reduce((sum, kind) => sum + kind.length, 0);
  const give = (trials: readonly Omit<Trial, "weight">[], part: number) =>
    trials.map((trial) => ({ ...trial, weight: (total * part) / trials.length }));
  const all = [...give(answerable, 1 - share), ...kinds.flatMap((kind) => give(kind, share / kinds.length))];
  return all.filter(({ weight }) => weight > 0);
}

function requireShare(name: string, value: number, low = 0): void {
  if (value > low && value < 1) return;
  throw new LtdError("usage", `${name} is ${value}, but must lie between ${Math.max(0, low)} and 1`, {
    hint: "0.9: nine of ten",
  });
}
