import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../../src/vector/random.ts";
import type { Worded } from "./law-faq.ts";

/** A question that is asked, and the row that is right; null: none is. */
export interface Question {
  text: string;
  row: string | null;
  asked: string;
}

/** An FAQ whose rows have further wordings, and questions to it. */
export interface Case {
  about: string;
  corpus: readonly string[];
  aliases: ReadonlyMap<string, readonly string[]>;
  questions: readonly Question[];
}

/** The cases of the legal FAQ. A question is the first further wording of its row; aliases are the wordings after it. */
export function lawCases(corpus: readonly string[], worded: readonly Worded[]): Case[] {
  const question = ({ row, wordings }: Worded, asked: string, right = row): Question => ({
    text: wordings[0]!,
    row: right,
    asked,
  });
  const some = worded.filter(({ wordings }) => wordings.length >= 2);
  const [given, others] = [some.filter((_, at) => at % 2 === 0), some.filter((_, at) => at % 2 === 1)];
  const several = worded.filter(({ wordings }) => wordings.length >= 3);
  const triples = Array.from({ length: Math.floor(some.length / 9) }, (_, at) => some.slice(3 * at, 3 * at + 3));
  const gone = new Set(triples.flatMap(([, ...more]) => more.map(({ row }) => row)));
  return [
    {
      about: "one wording, of every second row",
      corpus,
      aliases: new Map(given.map(({ row, wordings }) => [row, [wordings[1]!]])),
      questions: [
        ...given.map((each) => question(each, "rows with one")),
        ...others.map((each) => question(each, "rows without")),
      ],
    },
    {
      about: "two to five wordings",
      corpus,
      aliases: new Map(several.map(({ row, wordings }) => [row, wordings.slice(1)])),
      questions: several.map((each) => question(each, "rows with them")),
    },
    {
      about: "three different questions in one row",
      corpus: corpus.filter((text) => !gone.has(text)),
      aliases: new Map(
        triples.map(([first, ...more]) => [first!.row, [first!.wordings[1]!, ...more.map(({ row }) => row)]]),
      ),
      questions: triples.flatMap(([first, ...more]) => [
        question(first!, "the first"),
        ...more.map((each) => question(each, "the others", first!.row)),
      ]),
    },
    {
      about: "a wrong wording: another row's",
      corpus,
      aliases: new Map(given.map(({ row }, at) => [row, [others[at % others.length]!.wordings[1]!]])),
      questions: [
        ...given.map((each) => question(each, "the row that has it")),
        ...others.map((each) => question(each, "the other row")),
      ],
    },
  ];
}

/**
 * Sixteen tables as one: questions as people ask them, in four styles. Of a row with several questions one is asked and another is its alias; a
 * near-miss asks for what no row says.
 */
export function everydayCase(folder: string): Case {
  const random = new Random(1);
  const live = join(folder, "live");
  const names = readdirSync(live).flatMap((name) => /^(\w+)\.rows\.tsv$/.exec(name)?.[1] ?? []);
  const read = (name: string) =>
    readFileSync(join(live, name), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.split("\t") as [string, string]);
  const corpus: string[] = [];
  const aliases = new Map<string, string[]>();
  const questions: Question[] = [];
  for (const name of names.toSorted()) {
    const texts = new Map(read(`${name}.rows.tsv`));
    corpus.push(...texts.values());
    const asked = read(`${name}.questions.tsv`);
    for (const [key, text] of texts) {
      const own = asked.flatMap(([question, label]) => (label === key ? question : []));
      const [question, alias] = random.some(own, own.length);
      if (question === undefined || alias === undefined || aliases.has(text)) continue;
      aliases.set(text, [alias]);
      questions.push({ text: question, row: text, asked: "rows with one" });
    }
    for (const [text, label] of asked) if (label === "none?") questions.push({ text, row: null, asked: "near-misses" });
  }
  return { about: "one everyday question", corpus: [...new Set(corpus)], aliases, questions };
}
