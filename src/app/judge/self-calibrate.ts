import type { Database } from "../../db/database.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import { sampleKeys, storeCalibration } from "../../db/indexes/calibration.ts";
import { getIndex } from "../../db/indexes/find-index.ts";
import { keyId } from "../../db/statement/key.ts";
import type { Embedder } from "../../embed/embedder.ts";
import { boundFalseAnswers, type Trial } from "../../judge/calibration.ts";
import { askAlike, askOtherwise, type MadeQuestion } from "../../judge/chance/made-question.ts";
import { readLetters, readText } from "../../judge/chance/reading.ts";
import type { Judge } from "../../judge/chance/judge.ts";
import { FOREIGN_QUESTIONS } from "../../judge/foreign-questions.ts";
import { Random } from "../../vector/random.ts";
import type { MatchResult } from "../ask/match.ts";
import { matchEach } from "../ask/match-each.ts";
import { searchableIndex, withBeginnings } from "../ask/searchable.ts";
import { judgeOf } from "../judge-of.ts";
import { readTexts } from "../row-text.ts";
import { FEWEST_CHECKED_ROWS } from "../thresholds.ts";

/** What {@link selfCalibrate} found without labels. */
export interface SelfCalibration {
  /** Everyday questions that the table hardly answers, and how many got an answer. */
  readonly foreign: Asked;
  /**
   * How many questions that ask something else got the row as their answer. They are made of rows: another number, the
   * opposite, parties swapped.
   */
  readonly otherwise: Asked;
  /**
   * How many questions that ask the same got their row as an answer. They are made of rows: courtesy, dropped words,
   * typos, synonyms.
   */
  readonly alike: Asked;
  /** The answer threshold that was stored; null: the model's stays. */
  readonly answer: number | null;
  readonly seconds: number;
}

interface Asked {
  readonly asked: number;
  readonly answered: number;
}

/** Rows that questions are made of. */
const SAMPLE_ROWS = 100;
/** Share of the questions without an answer that may get one, with a confidence of 95 %. */
const SHARE = 0.1;

/**
 * Checks a newly loaded index with made questions, and raises its answer threshold if needed. Asks some 108 foreign
 * questions and some hundred made of its rows; the threshold rises if more than a tenth of those without an answer get
 * one. It never lowers a threshold: made questions are easier than those of people. Does nothing where thresholds were
 * set or calibrated, for fewer than 50 rows, and for a model without a judge.
 *
 * Costs some 300 questions: a second or two, whatever the table's size.
 * @returns null where nothing was done
 */
export async function selfCalibrate(
  database: Database,
  index: IndexRecord,
  embedder: Embedder,
  signal?: AbortSignal,
): Promise<SelfCalibration | null> {
  const started = performance.now();
  const judge = judgeOf(embedder.model);
  if (judge === undefined || index.state !== "live" || isDecided(index)) return null;
  const keys = await sampleKeys(database, index, SAMPLE_ROWS, 1);
  if (keys.length < FEWEST_CHECKED_ROWS) return null;
  const texts = await readTexts(database, index, keys);
  const made = madeOf(
    keys.flatMap((key) => texts.get(keyId(key)) ?? []),
    judge,
  );
  const questions = [...FOREIGN_QUESTIONS.map((question): Question => ({ question, row: null })), ...made];
  const judged: Judged[] = [];
  const searchable = withBeginnings(searchableIndex(database, { record: index, embedder }));
  for await (const [question, result] of matchEach(searchable, questions, { limit: 5, ...(signal && { signal }) })) {
    const one = judgedOf(question, result);
    if (one !== undefined) judged.push(one);
  }
  const trials = judged.filter(({ kind }) => kind !== "alike").map(({ trial }) => trial);
  const most = boundFalseAnswers(trials, { share: SHARE })?.threshold ?? 0;
  const answer = most > judge.thresholds.answer ? Math.min(1, most) : null;
  const count = (of: Kind): Asked => {
    const all = judged.filter(({ kind }) => kind === of);
    return { asked: all.length, answered: all.filter(({ isAnswered }) => isAnswered).length };
  };
  const seconds = (performance.now() - started) / 1000;
  const found = { foreign: count("foreign"), otherwise: count("otherwise"), alike: count("alike"), answer, seconds };
  // another session may have set thresholds in between
  const now = await getIndex(database, index.name);
  if (now.id !== index.id || isDecided(now)) return null;
  await storeCalibration(database, index, {
    at: new Date().toISOString(),
    generation: index.generation,
    model: index.modelId,
    modelChecksum: index.modelChecksum,
    answer,
    suggest: null,
    margin: null,
    report: { byItself: found },
  });
  return found;
}

function isDecided({ answerThreshold, suggestThreshold, answerMargin, judgeSlope, calibration }: IndexRecord): boolean {
  return [answerThreshold, suggestThreshold, answerMargin, judgeSlope, calibration].some((each) => each !== null);
}

type Kind = "foreign" | "otherwise" | "alike";

interface Question {
  readonly question: string;
  /** Text of the row that it was made of; null for a foreign question. */
  readonly row: string | null;
  readonly made?: MadeQuestion;
}

function madeOf(rows: readonly string[], judge: Judge): Question[] {
  const random = new Random(1);
  return rows.flatMap((row) => {
    const reading = readText(row, judge.knowledge);
    const alike = askAlike(reading, judge.knowledge, random);
    const [otherwise] = random.some(askOtherwise(reading, reading, judge.knowledge, random), 1);
    return [alike, otherwise].flatMap((made) => (made === undefined ? [] : [{ question: made.text, row, made }]));
  });
}

/** How a question went. */
interface Judged {
  readonly kind: Kind;
  readonly isAnswered: boolean;
  readonly trial: Trial;
}

/** Undefined where another row may be what was made. */
function judgedOf({ row, made }: Question, { answers, chance, decision, margin }: MatchResult): Judged | undefined {
  const [first] = answers;
  const isOwn = first !== undefined && row !== null && readLetters(first.text) === readLetters(row);
  const kind: Kind = made === undefined ? "foreign" : made.isSame ? "alike" : "otherwise";
  if (kind === "otherwise" && (!isOwn || answers.some(({ text }) => text !== first.text && text.includes(made!.added))))
    return undefined;
  const isAnswered = decision === "answer" && (kind !== "alike" || isOwn);
  const trial: Trial = { score: chance ?? -1, margin, isRight: false, isAnswerable: false, weight: 1 };
  return { kind, isAnswered, trial };
}
