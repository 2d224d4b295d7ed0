import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { createEmbedder, withEmbedder, type Embedder } from "../../embed/embedder.ts";
import { LtdError } from "../../errors.ts";
import { CANDIDATES, evidenceOf, FEATURES, type Candidate } from "../../judge/chance/feature.ts";
import { parseLexicon } from "../../judge/chance/lexicon.ts";
import { askAlike, askOtherwise } from "../../judge/chance/made-question.ts";
import { readText, type Knowledge } from "../../judge/chance/reading.ts";
import { packageRoot } from "../../package-root.ts";
import { bareText } from "../../text/normalize.ts";
import { rowOf, type Matrix } from "../../vector/matrix.ts";
import { dot } from "../../vector/product.ts";
import { Random } from "../../vector/random.ts";
import { knowledgeOf } from "../judge-of.ts";

/** What {@link writeJudgeData} reads and writes. */
export interface JudgeDataOptions {
  /**
   * Folder of FAQ tables: `NAME.rows.tsv` (key, text), and optionally two more files for each. These are
   * `NAME.questions.tsv` (question, keys of right rows or none) and `NAME.kinds.tsv`.
   */
  eval: string;
  /** Lines of `parseLexicon`. */
  lexicon: string;
  /** Id or folder of the model. */
  model: string;
  /** JSON Lines to write. */
  out: string;
  seed?: number;
}

/** A question that was asked of a table, as a line of the file has it. */
interface Trial {
  readonly table: string;
  readonly question: string;
  readonly row: string;
  /** Label of the question, `none?` for a near-miss; `made` for a generated one. */
  readonly label: string;
  readonly kind: string;
  /** `dense`: asked of the table with paraphrases of its rows beside them. */
  readonly variant: "plain" | "dense";
  readonly isRight: boolean;
  readonly features: readonly number[];
}

interface Table {
  readonly name: string;
  readonly rows: readonly string[];
  readonly keysOf: ReadonlyMap<string, ReadonlySet<string>>;
  readonly questions: readonly { text: string; label: string; kind: string }[];
}

/**
 * Writes the data that distill/judge.py fits: features of first rows, with whether each is right. Asks every question
 * of some FAQ tables, and others made of their rows and questions. The first line names the features.
 * @throws {LtdError} "input" for a folder without tables
 */
export async function writeJudgeData(
  options: JudgeDataOptions,
): Promise<{ tables: number; trials: number; made: number }> {
  const tables = [...(await readTables(options.eval)), await readDemo()];
  const lexicon = parseLexicon((await readFile(options.lexicon, "utf8")).split("\n"));
  return withEmbedder(createEmbedder({ model: options.model }), async (embedder) => {
    const knowledge = knowledgeOf(embedder.model, lexicon);
    const random = new Random(options.seed ?? 1);
    const trials: Trial[] = [];
    for (const table of tables) trials.push(...(await askTable(table, embedder, knowledge, random)));
    const ofDense = new Random((options.seed ?? 1) + 1);
    for (const table of tables.filter(({ questions }) => questions.length > 0)) {
      const { asked } = await askQuestions(denser(table, knowledge, ofDense), embedder, knowledge, "dense");
      trials.push(...asked);
    }
    const lines = [JSON.stringify(FEATURES), ...trials.map((trial) => JSON.stringify(trial))];
    await writeFile(options.out, `${lines.join("\n")}\n`);
    return {
      tables: tables.length,
      trials: trials.length,
      made: trials.filter(({ label }) => label === "made").length,
    };
  });
}

/** Asks the questions of a table. */
async function askQuestions(table: Table, embedder: Embedder, knowledge: Knowledge, variant: Trial["variant"]) {
  const vectors = await embedder.embed(table.rows);
  const ask = async (texts: readonly string[]) => nearest(await embedder.embed(texts), vectors, table.rows);
  const found = await ask(table.questions.map(({ text }) => text));
  const trialOf = (
    question: string,
    near: readonly Candidate[],
    label: string,
    kind: string,
    isRight: boolean,
  ): Trial => {
    const { features } = evidenceOf(question, near, knowledge);
    const row = near[0]!.text;
    return { table: table.name, question, row, label, kind, variant, isRight, features: Object.values(features) };
  };
  const asked = table.questions.flatMap(({ text, label, kind }, at) => {
    const near = found[at]!;
    if (near.length === 0) return [];
    const keys = table.keysOf.get(bareText(near[0]!.text))!;
    return [
      trialOf(
        text,
        near,
        label,
        kind,
        label.split(",").some((key) => keys.has(key)),
      ),
    ];
  });
  return { asked, ask, trialOf };
}

async function askTable(table: Table, embedder: Embedder, knowledge: Knowledge, random: Random): Promise<Trial[]> {
  const { asked, ask, trialOf } = await askQuestions(table, embedder, knowledge, "plain");
  const made = madeQuestions(table, knowledge, random);
  const foundMade = await ask(made.map(({ text }) => text));
  const more = made.flatMap(({ text, row, isSame, added }, at) => {
    const [first, ...others] = foundMade[at]!;
    const isOwn = first !== undefined && bareText(first.text) === bareText(row);
    // another row may be what was made
    // in a table without asked questions, a row ranked before its own may mean the same
    if (isSame && !isOwn && table.questions.length === 0) return [];
    const mayBeRight = !isSame && !isOwn && [first, ...others].some((each) => each?.text.includes(added));
    if (first === undefined || mayBeRight || bareText(first.text) === bareText(text)) return [];
    return [trialOf(text, [first, ...others], "made", isSame ? "alike" : "otherwise", isSame && isOwn)];
  });
  return [...asked, ...more];
}

/** Most paraphrases beside a row of a dense table; how many is drawn at random. */
const MOST_PARAPHRASES = 8;

/** The table with paraphrases of its rows under the same keys. Many of its rows then mean the same, or nearly. */
function denser(table: Table, knowledge: Knowledge, random: Random): Table {
  const keysOf = new Map(table.keysOf);
  const rows = [...table.rows];
  for (const row of table.rows) {
    const reading = readText(row, knowledge);
    for (let count = random.below(MOST_PARAPHRASES + 1); count > 0; count--) {
      const text = askAlike(reading, knowledge, random)?.text;
      if (text === undefined || keysOf.has(bareText(text))) continue;
      keysOf.set(bareText(text), table.keysOf.get(bareText(row))!);
      rows.push(text);
    }
  }
  return { ...table, rows, keysOf };
}

/** Rows of a table that questions are made of. */
const MOST_ROWS = 1_500;

/** Questions made of each row, and of each question with one right row. */
function madeQuestions({ rows, keysOf, questions }: Table, knowledge: Knowledge, random: Random) {
  const rowOfKey = new Map(rows.flatMap((row) => [...keysOf.get(bareText(row))!].map((key) => [key, row] as const)));
  const sources = [
    ...random.some(rows, MOST_ROWS).map((row) => ({ text: row, row })),
    ...questions.flatMap(({ text, label }) => (rowOfKey.has(label) ? [{ text, row: rowOfKey.get(label)! }] : [])),
  ];
  return sources.flatMap(({ text, row }) => {
    const [reading, of] = [readText(text, knowledge), readText(row, knowledge)];
    const alike = askAlike(reading, knowledge, random);
    return [...askOtherwise(reading, of, knowledge, random), ...(alike ? [alike] : [])].map((each) => ({
      ...each,
      row,
    }));
  });
}

/** The nearest rows of each question, nearest first; none for a question that has no vector. */
function nearest(questions: Matrix, rows: Matrix, texts: readonly string[]): Candidate[][] {
  return Array.from({ length: questions.rows }, (_, at) => {
    const query = rowOf(questions, at);
    if (Number.isNaN(query[0])) return [];
    const all = texts.map((text, row) => ({ text, similarity: dot(query, rowOf(rows, row)) }));
    return all.sort((a, b) => b.similarity - a.similarity).slice(0, CANDIDATES);
  });
}

async function readTables(folder: string): Promise<Table[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith(".rows.tsv")).sort();
  if (files.length === 0) {
    throw new LtdError("input", `${folder} has no tables`, { hint: "a table is NAME.rows.tsv and NAME.questions.tsv" });
  }
  return Promise.all(files.map((file) => readTable(folder, file.slice(0, -".rows.tsv".length))));
}

/** The questions of the demo: a table of thousands of similar rows, without asked questions. */
async function readDemo(): Promise<Table> {
  const lines = gunzipSync(await readFile(new URL("demo/medical-faq.jsonl.gz", packageRoot))).toString("utf8");
  const titles = lines
    .split("\n")
    .flatMap((line) => (line === "" ? [] : [(JSON.parse(line) as { title: string }).title]));
  const rows = [...new Map(titles.map((title) => [bareText(title), title])).values()];
  return { name: "demo", rows, keysOf: new Map(rows.map((row) => [bareText(row), new Set([row])])), questions: [] };
}

/** Rows of the same letters and digits are one, with the keys of all. */
async function readTable(folder: string, name: string): Promise<Table> {
  const read = async (part: string) => cellsOf(await readFile(join(folder, `${name}.${part}.tsv`), "utf8"));
  const [rows, questions, kinds] = await Promise.all([
    read("rows"),
    read("questions").catch(() => []),
    read("kinds").catch(() => []),
  ]);
  const keysOf = new Map<string, Set<string>>();
  const texts: string[] = [];
  for (const [key = "", text = ""] of rows) {
    const bare = bareText(text);
    if (!keysOf.has(bare)) texts.push(text);
    keysOf.set(bare, (keysOf.get(bare) ?? new Set()).add(key));
  }
  const asked = questions.map(([text = "", label = ""], at) => ({ text, label, kind: kinds[at]?.[1] ?? "" }));
  return { name, rows: texts, keysOf, questions: asked.filter(({ label }) => label !== "x") };
}

const cellsOf = (tsv: string): string[][] =>
  tsv.split("\n").flatMap((line) => (line.trim() === "" ? [] : [line.split("\t")]));
