import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { normalize } from "../../src/index.ts";
import { readDemo } from "../shared/workload.ts";

/** Questions, and the FAQ that they are asked of. */
export interface TextSet {
  name: string;
  questions: string[];
  /** Another wording of each question, where the set has one. */
  paraphrases?: string[];
  /** Every text once, also if another differs in its spelling only. */
  corpus: string[];
}

/** The demo's titles, each of them asked for itself: some of them, evenly spread. */
export function demoSet(count: number): TextSet {
  const corpus = distinct(readDemo().map(({ title }) => title));
  return { name: "medical FAQ", questions: spread(corpus, count), corpus };
}

/** A TSV with a header: question, a question of the FAQ, and 1 where they mean the same. Only the latter are asked. */
export function pairSet(path: string, count: number): TextSet {
  const rows = readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .slice(1)
    .map((line) => line.split("\t"));
  const bad = rows.findIndex((row) => row.length < 3);
  if (bad >= 0 || rows.length === 0)
    throw new Error(`${path}: line ${bad + 2} is not "question, other question, label"`);
  const equal = spread(
    rows.filter((row) => row[2] === "1" && row[0] !== row[1]),
    count,
  );
  return {
    name: basename(path).replace(/\.tsv$/, ""),
    questions: equal.map((row) => row[0]!),
    paraphrases: equal.map((row) => row[1]!),
    corpus: distinct(rows.map((row) => row[1]!)),
  };
}

/** Texts of `characters` characters: the demo's answers, one after the other. */
export function longTexts(count: number, characters: number): string[] {
  const texts: string[] = [];
  let text = "";
  for (const { answer } of readDemo()) {
    text += answer;
    if (Array.from(text).length < characters) continue;
    texts.push(Array.from(text).slice(0, characters).join(""));
    text = "";
  }
  return spread(texts, count);
}

function distinct(texts: readonly string[]): string[] {
  return [...new Map(texts.map((text) => [normalize(text), text])).values()];
}

function spread<Item>(items: readonly Item[], count: number): Item[] {
  return count >= items.length
    ? [...items]
    : Array.from({ length: count }, (_, at) => items[Math.floor((at * items.length) / count)]!);
}
