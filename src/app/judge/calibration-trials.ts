import { keyId } from "../../db/statement/key.ts";
import { CANDIDATES } from "../../judge/chance/feature.ts";
import { decide } from "../../judge/decision.ts";
import type { Trial } from "../../judge/calibration.ts";
import { FOREIGN_QUESTIONS } from "../../judge/foreign-questions.ts";
import type { LabelledQuestion } from "../../judge/labelled-questions.ts";
import { normalize } from "../../text/normalize.ts";
import { toAnswer } from "../ask/answer.ts";
import { matchEach } from "../ask/match-each.ts";
import type { Searchable } from "../ask/searchable.ts";
import { judgeOf } from "../judge-of.ts";
import type { TrialSource } from "./trial-source.ts";
import { withoutAlias } from "./without-alias.ts";
import { noVectors } from "../askable.ts";

/** Rows that are as near as this have the same text, up to what its normalisation leaves out. */
const SAME_TEXT = 0.99999;
/** Neighbours of a row that are looked up: those of its own text are passed over. */
const NEIGHBOURS = CANDIDATES + 5;

/** A trial that stands for `weight` questions of its kind, by default for one. */
type UnweightedTrial = Omit<Trial, "weight"> & Pick<LabelledQuestion, "weight">;

/** The questions that {@link askTrials} asks. */
export interface TrialOptions {
  /** Questions whose row is known, or of which it is known that the table has none. Default: none; see `calibrate`. */
  questions?: readonly LabelledQuestion[];
  /** Questions that the table does not answer. Default: a list of everyday questions. */
  foreign?: readonly string[];
  /**
   * Share of the questions to come that the table does not answer, in [0, 1). Default: as in `questions`, or 0.5 where
   * these all have an answer.
   */
  foreignShare?: number;
  /** Rows asked as questions that no other row answers, 0 to 100,000. Default 1,000. */
  sampleRows?: number;
  seed?: number;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

/** What an index gave for the questions that it is calibrated with. */
export interface CalibrationTrials {
  readonly trials: readonly Trial[];
  /** Questions that have an answer. */
  readonly answerable: number;
  /** Whether it is labelled which questions have none. Otherwise rows and foreign questions stand in for them. */
  readonly areUnanswerableLabelled: boolean;
  /** What the unanswerable questions count of all, in [0, 1]. */
  readonly foreignShare: number;
  /** The judge's own cuts and whether scores are its chances. Those of a model without one are similarities. */
  readonly cuts: { readonly answer: number; readonly suggest: number; readonly areChances: boolean };
}

/**
 * Asks an index all labelled questions. If each of them has an answer, also asks its own rows and foreign questions.
 * @throws LtdError "index" for an index without vectors
 */
export async function askTrials(source: TrialSource, options: TrialOptions): Promise<CalibrationTrials> {
  const { questions = [], seed = 1, sampleRows = 1000, signal } = options;
  const known = questions.filter(hasAnswer);
  const unknown = questions.filter((question) => !hasAnswer(question));
  const isLabelled = unknown.length > 0;
  const rows = isLabelled ? [] : await source.sample(sampleRows, seed);
  if (!isLabelled && rows.length === 0 && sampleRows > 0) throw noVectors(source.record, await source.pending());
  const foreign = isLabelled ? [] : [...(options.foreign ?? FOREIGN_QUESTIONS)];
  const total = questions.length + rows.length + foreign.length;
  let done = 0;
  const step = (more: number) => options.onProgress?.((done += more), total);
  const ask = (some: readonly LabelledQuestion[]) => askQuestions(source, some, step, signal);
  const answerable = await ask(known);
  const unanswerable = isLabelled
    ? [await ask(unknown)]
    : [
        await askRows(source, rows, step, signal),
        await ask(foreign.map((question) => ({ question, keys: [], texts: [], wrong: [] }))),
      ].filter((trials) => trials.length > 0);
  const labelledShare = options.foreignShare ?? (isLabelled ? unknown.length / questions.length : 0.5);
  const foreignShare = known.length === 0 ? 1 : labelledShare;
  const { embedder } = source.searchable;
  const judge = judgeOf(embedder.model);
  return {
    trials: weigh(answerable, unanswerable, foreignShare),
    answerable: answerable.length,
    areUnanswerableLabelled: isLabelled,
    foreignShare,
    cuts: { ...(judge ?? embedder.model.description).thresholds, areChances: judge !== undefined },
  };
}

function hasAnswer({ keys, texts }: LabelledQuestion): boolean {
  return keys.length + texts.length > 0;
}

async function askQuestions(
  source: TrialSource,
  questions: readonly LabelledQuestion[],
  step: (more: number) => void,
  signal: AbortSignal | undefined,
): Promise<UnweightedTrial[]> {
  const searchable = unadjusted(withoutAlias(source.searchable));
  const trials: UnweightedTrial[] = [];
  const options = { limit: 2, ...(signal && { signal }) };
  for await (const [question, { answers, margin, chance }] of matchEach(searchable, questions, options)) {
    const [first] = answers;
    const { keys, texts } = question;
    const isRight =
      first !== undefined &&
      (keys.includes(first.key.join(", ")) || texts.some((text) => normalize(text) === normalize(first.text)));
    const score = chance ?? first?.similarity ?? -1;
    const { weight = 1 } = question;
    trials.push({ score, margin, isRight, isAnswerable: hasAnswer(question), weight });
    step(1);
  }
  return trials;
}

/** The same, with the chances as the judge gives them. */
function unadjusted(searchable: Searchable): Searchable {
  const find: Searchable["find"] = async (...asked) =>
    (await searchable.find(...asked)).map((each) => ({
      ...each,
      thresholds: { ...each.thresholds, adjustment: null },
    }));
  return { ...searchable, find };
}

/** Each row as a question that no other row answers. Rows of the same text are passed over. */
async function askRows(
  source: TrialSource,
  keys: readonly (readonly string[])[],
  step: (more: number) => void,
  signal: AbortSignal | undefined,
): Promise<UnweightedTrial[]> {
  const { embedder, template } = source.searchable;
  const judge = judgeOf(embedder.model);
  const own = await source.texts(keys);
  const trials: UnweightedTrial[] = [];
  for (const key of keys) {
    signal?.throwIfAborted();
    const near = await source.nearestTo(key, NEIGHBOURS);
    const others = near.filter(({ similarity }) => similarity < SAME_TEXT);
    const rows = others.map((each) => toAnswer(template, each));
    const { margin, chance } = decide(own.get(keyId(key)) ?? "", rows, NO_THRESHOLDS, judge);
    trials.push({ score: chance ?? others[0]?.similarity ?? -1, margin, isRight: false, isAnswerable: false });
    step(1);
  }
  return trials;
}

/** The decision is not asked for, only what it is made of. */
const NO_THRESHOLDS = { answer: 0, suggest: 0, margin: 0 };

/**
 * Weights that sum to the number of trials, each in proportion to the questions that it stands for.
 *
 * Unanswerable trials get `share` of the sum, split evenly among their kinds.
 */
function weigh(
  answerable: readonly UnweightedTrial[],
  kinds: readonly (readonly UnweightedTrial[])[],
  share: number,
): Trial[] {
  const total = answerable.length + kinds.reduce((sum, kind) => sum + kind.length, 0);
  const give = (trials: readonly UnweightedTrial[], part: number) => {
    const all = trials.reduce((sum, { weight = 1 }) => sum + weight, 0);
    return trials.map((trial) => ({ ...trial, weight: (total * part * (trial.weight ?? 1)) / all }));
  };
  const all = [...give(answerable, 1 - share), ...kinds.flatMap((kind) => give(kind, share / kinds.length))];
  return all.filter(({ weight }) => weight > 0);
}
