import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** Texts that run through a model together, the same for student and teacher. */
export const BATCH_SIZE = 64;
/** Rows of `demo/medical-faq.jsonl.gz`. */
export const DEMO_ROWS = 6165;

const QUESTION_CHARACTERS = 12;
const QUESTIONS = 200;

/** Titles of the demo's questions: the first `rows` of them, from the start again if there are fewer. */
export function readTitles(rows: number): string[] {
  const titles = readDemo().slice(0, rows);
  return Array.from({ length: rows }, (_, row) => titles[row % titles.length]!.title);
}

/** All rows of the demo. */
export function readDemo(): { title: string; answer: string }[] {
  const packed = readFileSync(new URL("../../demo/medical-faq.jsonl.gz", import.meta.url));
  const lines = gunzipSync(packed).toString("utf8").trimEnd().split("\n");
  if (lines.length !== DEMO_ROWS) throw new Error(`the demo has ${lines.length} rows, not ${DEMO_ROWS}`);
  return lines.map((line) => JSON.parse(line) as { title: string; answer: string });
}

/** The two lengths of text that systems are compared on: questions as people ask them, and titles of news. */
export type TextKind = "questions" | "titles";

/**
 * `count` texts of a kind, in the lengths that they really have: FAQ questions of the demo (12 characters on average), and titles.
 *
 * Without a file of titles the demo's answers lend their beginnings, cut to 14, 15, … 24 characters in turn: 8 of 10 titles of
 * THUCNews have that many, 19 on average as here.
 *
 * @param titlesFile one title a line
 */
export function readTexts(kind: TextKind, count: number, titlesFile?: string): string[] {
  if (kind === "questions") return sample(readTitles(DEMO_ROWS), count);
  if (titlesFile === undefined) {
    return sample(
      readDemo().map(({ answer }, row) => answer.slice(0, 14 + (row % 11))),
      count,
    );
  }
  const lines = readFileSync(titlesFile, "utf8")
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "");
  if (lines.length < count) throw new Error(`${titlesFile} has ${lines.length} titles, but ${count} are measured`);
  return sample(lines, count);
}

/**
 * Groups of {@link BATCH_SIZE} neighbours in length, from even places of all texts sorted by length: as they stand beside each other
 * when all are embedded, with little padding.
 */
function sample(texts: readonly string[], count: number): string[] {
  const sorted = texts.toSorted((a, b) => a.length - b.length);
  const groups = Math.ceil(count / BATCH_SIZE);
  return Array.from({ length: groups }, (_, group) => {
    const size = Math.min(BATCH_SIZE, count - group * BATCH_SIZE);
    const middle = ((group + 0.5) / groups) * sorted.length;
    const start = Math.min(Math.max(0, Math.floor(middle - size / 2)), sorted.length - size);
    return sorted.slice(start, start + size);
  }).flat();
}

/** Up to 200 questions of 12 characters each: as typed by a person, asked one at a time. */
export function shortQuestions(titles: readonly string[]): string[] {
  const cut = titles.map((title) => Array.from(title).slice(0, QUESTION_CHARACTERS));
  const questions = cut.filter((characters) => characters.length === QUESTION_CHARACTERS);
  return questions.slice(0, QUESTIONS).map((characters) => characters.join(""));
}
