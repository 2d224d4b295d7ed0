import type { Database } from "../../db/database.ts";
import type { Key } from "../../db/index-record.ts";
import { getIndex } from "../../db/indexes/find-index.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { keyId } from "../../db/statement/key.ts";
import type { LabelledQuestion } from "../../judge/labelled-questions.ts";
import { bareText } from "../../text/normalize.ts";
import { loopReader, type LoopReader } from "./reader.ts";

/** What a curator or the voters said of a question and a row. */
export interface LoopLabel {
  readonly question: string;
  /** Null: no row answers it. */
  readonly key: Key | null;
  /** Text of the row; null without one. */
  readonly row: string | null;
  /** 1: the row answers the question; 0: it does not. */
  readonly label: 0 | 1;
  readonly from: "accept" | "reject" | "dismiss" | "feedback";
}

/** The labels that journal and votes of a reader give; see `loopLabels` of src/app/shards/curate.ts. */
export async function readLabels(reader: LoopReader): Promise<LoopLabel[]> {
  const found = new Map<string, Omit<LoopLabel, "row">>();
  const put = (label: Omit<LoopLabel, "row">) => {
    const id = `${bareText(label.question)} ${label.key === null ? "" : keyId(label.key)}`;
    if (!found.has(id)) found.set(id, label);
  };
  // the newest first: of two that differ the last one holds
  for (const { action, key, questions } of await reader.curations({ standing: true })) {
    if (action === "draft") continue;
    for (const question of questions) put({ question, key, label: action === "accept" ? 1 : 0, from: action });
  }
  for (const { question, key, score } of await reader.votedQuestions())
    put({ question, key, label: score > 0 ? 1 : 0, from: "feedback" });
  const keys = [...found.values()].flatMap(({ key }) => (key === null ? [] : [key]));
  const texts = await reader.texts([...new Map(keys.map((key) => [keyId(key), key])).values()]);
  return [...found.values()].flatMap((label): LoopLabel[] => {
    if (label.key === null) return [{ ...label, row: null }];
    const row = texts.get(keyId(label.key));
    return row === undefined ? [] : [{ ...label, row }];
  });
}

/** What {@link journalQuestions} gives to `calibrate`. */
export interface JournalQuestions {
  readonly questions: LabelledQuestion[];
  /** Share of the questions to come that no row answers, above 0; left out where the log is empty. */
  readonly foreignShare?: number;
}

/**
 * The same as questions for `calibrate`: with the rows that answer them, or none. Those of which it is only known which
 * row does *not* answer them are left out.
 *
 * Curators label what was not answered, and a few users what was: an answered question stands for all of the log that
 * were answered and have no label. What was not answered and has no label counts as without an answer.
 */
export async function journalQuestions(database: Database, name: string): Promise<JournalQuestions> {
  await requireSchema(database);
  return readJournalQuestions(loopReader(database, await getIndex(database, name)));
}

/** The same of what `reader` has. */
export async function readJournalQuestions(reader: LoopReader): Promise<JournalQuestions> {
  const questions = new Map<string, { question: string; keys: string[]; texts: string[]; wrong: string[] }>();
  for (const { question, key, label } of await readLabels(reader)) {
    if (key !== null && label === 0) continue;
    const labelled = questions.get(bareText(question)) ?? { question, keys: [], texts: [], wrong: [] };
    questions.set(bareText(question), labelled);
    if (key !== null) labelled.keys.push(key.join(", "));
  }
  await reader.tend();
  const asked = new Map(
    (await reader.askedQuestions()).map(({ question, isAnswered }) => [bareText(question), isAnswered]),
  );
  const weight = weightOfAnswered(asked, questions);
  const weighed = [...questions].map(([bare, labelled]) => ({ ...labelled, weight: asked.get(bare) ? weight : 1 }));
  if (asked.size === 0) return { questions: weighed };
  const open = [...asked].filter(([bare, isAnswered]) => !isAnswered && !questions.has(bare)).length;
  const total = (some: typeof weighed) => some.reduce((sum, { weight: each }) => sum + each, 0);
  const without = open + total(weighed.filter(({ keys }) => keys.length === 0));
  // one more of each kind: what a small log does not have may still come
  return { questions: weighed, foreignShare: (without + 1) / (open + total(weighed) + 2) };
}

/** A label stands for ten questions at most: more would make a promise of hardly any labels. */
const MOST_WEIGHT = 10;

function weightOfAnswered(asked: ReadonlyMap<string, boolean>, labelled: ReadonlyMap<string, unknown>): number {
  const answered = [...asked].filter(([, isAnswered]) => isAnswered);
  const known = answered.filter(([bare]) => labelled.has(bare)).length;
  return known === 0 ? 1 : Math.min(MOST_WEIGHT, answered.length / known);
}
