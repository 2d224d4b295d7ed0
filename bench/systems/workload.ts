import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** Texts that run through a model together, the same for student and teacher. */
export const BATCH_SIZE = 64;
/** Rows of `demo/medical-faq.jsonl.gz`. */
export const DEMO_ROWS = 6165;

const QUESTION_CHARACTERS = 12;
const QUESTIONS = 200;

/** Titles of the demo's questions: the first `rows` of them, from the start again when there are not so many. */
export function readTitles(rows: number): string[] {
  const packed = readFileSync(new URL("../../demo/medical-faq.jsonl.gz", import.meta.url));
  const lines = gunzipSync(packed).toString("utf8").trimEnd().split("\n");
  if (lines.length !== DEMO_ROWS) throw new Error(`the demo has ${lines.length} rows, not ${DEMO_ROWS}`);
  const titles = lines.slice(0, rows).map((line) => (JSON.parse(line) as { title: string }).title);
  return Array.from({ length: rows }, (_, row) => titles[row % titles.length]!);
}

/** Up to 200 questions of 12 characters each: what somebody types, asked one at a time. */
export function shortQuestions(titles: readonly string[]): string[] {
  const cut = titles.map((title) => Array.from(title).slice(0, QUESTION_CHARACTERS));
  const questions = cut.filter((characters) => characters.length === QUESTION_CHARACTERS);
  return questions.slice(0, QUESTIONS).map((characters) => characters.join(""));
}
