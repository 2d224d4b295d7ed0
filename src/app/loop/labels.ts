import type { Database } from "../../db/database.ts";
import type { Key } from "../../db/index-record.ts";
import { getIndex } from "../../db/indexes/find-index.ts";
import { listCurations } from "../../db/loop/curation.ts";
import { countAsked, readGapQuestions, readVotedQuestions } from "../../db/loop/gap.ts";
import { tendQuestions } from "../../db/loop/question-log.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { keyId } from "../../db/statement/key.ts";
import type { LabelledQuestion } from "../../judge/labelled-questions.ts";
import { bareText } from "../../text/normalize.ts";
import { readTexts } from "../row-text.ts";

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

/**
 * The labels that journal and feedback of an index give: what `calibrate` and `tune` learn from. Of a question and a
 * row that both speak of, the journal is right; rows that are gone are left out.
 *
 * @example
 * const database = await openDatabase();
 * for (const { question, key } of await loopLabels(database, "faq")) console.log(question, key);
 */
export async function loopLabels(database: Database, name: string): Promise<LoopLabel[]> {
  await requireSchema(database);
  const index = await getIndex(database, name);
  const found = new Map<string, Omit<LoopLabel, "row">>();
  const put = (label: Omit<LoopLabel, "row">) => {
    const id = `${bareText(label.question)} ${label.key === null ? "" : keyId(label.key)}`;
    if (!found.has(id)) found.set(id, label);
  };
  // the newest first: of two that differ the last one holds
  for (const { action, key, questions } of await listCurations(database, name, { standing: true })) {
    if (action === "draft") continue;
    for (const question of questions) put({ question, key, label: action === "accept" ? 1 : 0, from: action });
  }
  for (const { question, key, score } of await readVotedQuestions(database, name))
    put({ question, key, label: score > 0 ? 1 : 0, from: "feedback" });
  const keys = [...found.values()].flatMap(({ key }) => (key === null ? [] : [key]));
  const texts = await readTexts(database, index, [...new Map(keys.map((key) => [keyId(key), key])).values()]);
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
 * The share of questions without an answer is that of the log: those that were dismissed or drafted, and those that had
 * no sure answer and were never judged, of all different questions.
 */
export async function journalQuestions(database: Database, name: string): Promise<JournalQuestions> {
  const questions = new Map<string, { question: string; keys: string[]; texts: string[]; wrong: string[] }>();
  for (const { question, key, label } of await loopLabels(database, name)) {
    if (key !== null && label === 0) continue;
    const labelled = questions.get(question) ?? { question, keys: [], texts: [], wrong: [] };
    questions.set(question, labelled);
    if (key !== null) labelled.keys.push(key.join(", "));
  }
  const share = await shareWithoutAnswer(database, name);
  return { questions: [...questions.values()], ...(share !== undefined && { foreignShare: share }) };
}

/** Gaps that are looked at. */
const MOST_GAPS = 100_000;

async function shareWithoutAnswer(database: Database, name: string): Promise<number | undefined> {
  await tendQuestions(database);
  const asked = await countAsked(database, name);
  if (asked === 0) return undefined;
  const open = new Set(
    (await readGapQuestions(database, name, null, MOST_GAPS)).map(({ question }) => bareText(question)),
  );
  for (const { action, wordings } of await listCurations(database, name, { standing: true }))
    if (action === "accept") for (const wording of wordings) open.delete(wording);
  // one more of each kind: what a small log does not have may still come
  return (open.size + 1) / (asked + 2);
}
