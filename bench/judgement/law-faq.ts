import { readFileSync } from "node:fs";
import { join } from "node:path";

/** An FAQ, questions that it answers, and questions of its own field that it does not. */
export interface AskedFaq {
  corpus: string[];
  /** With the rows that are right. */
  answered: { question: string; right: ReadonlySet<string> }[];
  unanswered: string[];
}

interface Group {
  equivalent: string[];
  not_equivalent: string[];
}

/**
 * The legal questions cut in two halves that share no question: one half is the FAQ, the other asks what it does not answer. As split_law in
 * distill/evalsets.py.
 */
export function lawFaq(folder: string): AskedFaq {
  const groups = readLines<Group>(join(folder, "faq", "diac2019_law.groups.jsonl"));
  const [meaning, side] = [new Joined(), new Joined()];
  for (const { equivalent, not_equivalent } of groups) {
    for (const text of equivalent) meaning.join(bare(equivalent[0]!), bare(text));
    for (const text of [...equivalent, ...not_equivalent]) side.join(bare(equivalent[0]!), bare(text));
  }
  const turns = new Map<string, number>();
  const halves: [Group[], Group[]] = [[], []];
  for (const group of groups) {
    const root = side.find(bare(group.equivalent[0]!));
    if (!turns.has(root)) turns.set(root, turns.size % 2);
    halves[turns.get(root)! as 0 | 1].push(group);
  }
  const [ours, others] = halves;
  const corpus = [
    ...new Set([...ours.map(({ equivalent }) => equivalent[0]!), ...ours.flatMap((group) => group.not_equivalent)]),
  ];
  const byMeaning = new Map<string, Set<string>>();
  for (const text of corpus) {
    const root = meaning.find(bare(text));
    byMeaning.set(root, (byMeaning.get(root) ?? new Set()).add(text));
  }
  const asked = (group: Group) => group.equivalent.length > 1;
  return {
    corpus,
    answered: ours.filter(asked).map(({ equivalent }) => ({
      question: equivalent[1]!,
      right: new Set([equivalent[0]!, ...(byMeaning.get(meaning.find(bare(equivalent[1]!))) ?? [])]),
    })),
    unanswered: others.filter(asked).map(({ equivalent }) => equivalent[1]!),
  };
}

/** A question of an FAQ with its wordings. */
export interface Worded {
  /** The first wording, which is a row of the FAQ. */
  row: string;
  /** The others, at least one. */
  wordings: string[];
}

/** A row that does not mean what another one means, though the two are near to each other. */
export interface Distinct {
  row: Worded;
  other: Worded;
}

/** All of the legal questions as one FAQ: its rows, those with several wordings (each meaning once), and pairs of these that differ. */
export function wordedLawFaq(folder: string): { corpus: string[]; worded: Worded[]; distinct: Distinct[] } {
  const groups = readLines<Group>(join(folder, "faq", "diac2019_law.groups.jsonl"));
  const meaning = new Joined();
  for (const { equivalent } of groups) for (const text of equivalent) meaning.join(bare(equivalent[0]!), bare(text));
  const byMeaning = new Map<string, string[]>();
  for (const { equivalent } of groups) {
    const root = meaning.find(bare(equivalent[0]!));
    byMeaning.set(root, [...(byMeaning.get(root) ?? []), ...equivalent]);
  }
  const worded = new Map<string, Worded>();
  for (const [root, texts] of byMeaning) {
    const [row, ...wordings] = new Map(texts.map((text) => [bare(text), text])).values();
    if (row !== undefined && wordings.length > 0) worded.set(root, { row, wordings });
  }
  // only the first wording of a meaning is a row, so that each question has one right row
  const isWording = new Set([...byMeaning.values()].flat().map(bare));
  const others = groups.flatMap((group) => group.not_equivalent).filter((text) => !isWording.has(bare(text)));
  const rows = [...worded.values()].map(({ row }) => row);
  const distinct = groups.flatMap(({ equivalent, not_equivalent }) =>
    not_equivalent.flatMap((text) => {
      const [row, other] = [equivalent[0]!, text].map((each) => worded.get(meaning.find(bare(each))));
      return row !== undefined && other !== undefined && row !== other ? [{ row, other }] : [];
    }),
  );
  return {
    corpus: [...new Map([...rows, ...others].map((text) => [bare(text), text])).values()],
    worded: [...worded.values()],
    distinct,
  };
}

/** Another FAQ, small: paraphrases of covid questions, to be found by their first wording among chit-chat. */
export function covidFaq(folder: string): AskedFaq {
  const covid = readLines<{ questions: string[] }>(join(folder, "faq", "covid.jsonl")).map(
    ({ questions }) => questions,
  );
  const chat = readLines<{ question: string }>(join(folder, "faq", "chatterbot.jsonl")).map(({ question }) => question);
  const corpus = [...new Set([...covid.map(([first]) => first!), ...chat])];
  const known = new Set(corpus);
  const answered = covid.flatMap(([first, ...more]) =>
    more.filter((text) => !known.has(text)).map((question) => ({ question, right: new Set([first!]) })),
  );
  return { corpus, answered, unanswered: [] };
}

/** Sentences that no FAQ here answers: the first ones of the pairs of two sets. */
export function strangers(folder: string, count: number): string[] {
  const first = (name: string) =>
    readFileSync(join(folder, "pairs", `${name}.tsv`), "utf8")
      .split("\n")
      .slice(1, 1 + count)
      .flatMap((line) => line.split("\t")[0] || []);
  return [...new Set([...first("lcqmc.dev"), ...first("oppo.dev")])];
}

function readLines<T>(path: string): T[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as T);
}

/** A text without punctuation and blanks. */
function bare(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N}]/gu, "");
}

/** Keys joined into groups (union-find). */
class Joined {
  readonly #parents = new Map<string, string>();

  /** The key that stands for the group. */
  find(key: string): string {
    const parent = this.#parents.get(key) ?? key;
    if (parent === key) {
      this.#parents.set(key, key);
      return key;
    }
    const root = this.find(parent);
    this.#parents.set(key, root);
    return root;
  }

  /** Makes two groups one. */
  join(one: string, other: string): void {
    this.#parents.set(this.find(other), this.find(one));
  }
}
