import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../../src/vector/random.ts";
import { wordedLawFaq } from "./law-faq.ts";

/** A question and the keys of the rows that answer it; none: no row does. */
export interface Asked {
  question: string;
  right: readonly string[];
}

/** An FAQ, what is asked of it, and the questions for measuring, which are not asked in between. */
export interface Replay {
  name: string;
  rows: readonly { key: string; text: string }[];
  weeks: readonly (readonly Asked[])[];
  /** Of rows that get traffic, and of rows that get none. */
  touched: readonly Asked[];
  untouched: readonly Asked[];
}

const WEEKS = 4;

/** Rows with three wordings or more: the second measures, the others are asked, a quarter of the rows in each week. Rows with two are asked nothing. */
export function lawReplay(folder: string, every: number): Replay {
  const { corpus, worded } = wordedLawFaq(folder);
  const keys = new Map(corpus.map((text, at) => [text, String(at + 1)]));
  const asked = ({ row }: { row: string }, question: string): Asked => ({ question, right: [keys.get(row)!] });
  const some = worded.filter(({ wordings }) => wordings.length >= 2).filter((_, at) => at % every === 0);
  return {
    name: "legal FAQ",
    rows: corpus.map((text) => ({ key: keys.get(text)!, text })),
    weeks: Array.from({ length: WEEKS }, (_, week) =>
      some
        .filter((_, at) => at % WEEKS === week)
        .flatMap((each) => each.wordings.slice(1).map((wording) => asked(each, wording))),
    ),
    touched: some.map((each) => asked(each, each.wordings[0]!)),
    untouched: worded
      .filter(({ wordings }) => wordings.length === 1)
      .filter((_, at) => at % every === 0)
      .map((each) => asked(each, each.wordings[0]!)),
  };
}

/**
 * Sixteen tables as one. Of a row with several questions the first measures, the others are asked. As many questions are asked that no row
 * answers.
 */
export function everydayReplay(folder: string): Replay {
  const live = join(folder, "live");
  const read = (name: string) =>
    readFileSync(join(live, name), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.split("\t") as [string, string]);
  const names = readdirSync(live).flatMap((name) => /^(\w+)\.rows\.tsv$/.exec(name)?.[1] ?? []);
  const rows: { key: string; text: string }[] = [];
  const [traffic, without, touched, untouched]: Asked[][] = [[], [], [], []];
  for (const name of names.toSorted()) {
    rows.push(...read(`${name}.rows.tsv`).map(([key, text]) => ({ key: `${name} ${key}`, text })));
    const byRow = new Map<string, Asked[]>();
    for (const [question, label] of read(`${name}.questions.tsv`)) {
      if (label === "none" || label === "none?") {
        without!.push({ question, right: [] });
        continue;
      }
      const right = label.split(",").map((key) => `${name} ${key.trim()}`);
      byRow.set(right[0]!, [...(byRow.get(right[0]!) ?? []), { question, right }]);
    }
    for (const [first, ...more] of byRow.values()) {
      (more.length > 0 ? touched : untouched)!.push(first!);
      traffic!.push(...more);
    }
  }
  const random = new Random(2);
  traffic!.push(...random.some(without!, traffic!.length));
  const shuffled = random.some(traffic!, traffic!.length);
  return {
    name: "everyday tables",
    rows,
    weeks: Array.from({ length: WEEKS }, (_, week) => shuffled.filter((_, at) => at % WEEKS === week)),
    touched: touched!,
    untouched: untouched!,
  };
}
