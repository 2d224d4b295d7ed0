import { readFile, writeFile } from "node:fs/promises";
import { createEmbedder, withEmbedder, type Embedder } from "../../embed/embedder.ts";
import { CANDIDATES, evidenceOf, FEATURES, type Candidate } from "../../judge/chance/feature.ts";
import { parseLexicon } from "../../judge/chance/lexicon.ts";
import { askAlike, askOtherwise } from "../../judge/chance/made-question.ts";
import { readText, type Knowledge } from "../../judge/chance/reading.ts";
import { bareText } from "../../text/normalize.ts";
import { rowOf, type Matrix } from "../../vector/matrix.ts";
import { dot } from "../../vector/product.ts";
import { Random } from "../../vector/random.ts";
import { knowledgeOf } from "../judge-of.ts";
import { readDemo, readTables, type Table } from "./faq-table.ts";

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
  /** Which rows were asked: all, also paraphrases beside them (`dense`), or a few (`small`). */
  readonly variant: "plain" | "dense" | "small";
  /** Different rows of the table that was asked. */
  readonly rows: number;
  readonly isRight: boolean;
  readonly features: readonly number[];
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
    const asked = tables.filter(({ questions }) => questions.length > 0);
    const ofDense = new Random((options.seed ?? 1) + 1);
    for (const table of asked) {
      trials.push(...(await askQuestions(denser(table, knowledge, ofDense), embedder, knowledge, "dense")).asked);
    }
    const ofSmall = new Random((options.seed ?? 1) + 2);
    for (const table of asked) trials.push(...(await askSmall(table, embedder, knowledge, ofSmall)));
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
  const ask = async (texts: readonly string[]) => {
    const asked = await embedder.embed(texts);
    return texts.map((_, at) => nearest(rowOf(asked, at), vectors, table.rows).slice(0, CANDIDATES));
  };
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
    const found = { table: table.name, question, row, label, kind, variant, rows: table.rows.length };
    return { ...found, isRight, features: Object.values(features) };
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

/** Rows of the small tables that each question is asked of. */
const SMALL_TABLES = [1, 3, 5, 8, 12, 20];

/**
 * Asks the questions of small tables. Each table is drawn for its question: the row that answers it, or for a near-miss
 * the nearest row, and random others. A question that has an answer is asked again without its rows (label `absent`).
 */
async function askSmall(table: Table, embedder: Embedder, knowledge: Knowledge, random: Random): Promise<Trial[]> {
  const { name, rows, keysOf, questions } = table;
  const vectors = await embedder.embed(rows);
  const asked = await embedder.embed(questions.map(({ text }) => text));
  return questions.flatMap(({ text, label, kind }, at) => {
    const all = nearest(rowOf(asked, at), vectors, rows);
    const answers = (row: Candidate) => label.split(",").some((key) => keysOf.get(bareText(row.text))!.has(key));
    const own = label === "none?" ? all[0] : all.find(answers);
    const others = all.filter((row) => row !== own);
    const wrong = own && answers(own) ? all.filter((row) => !answers(row)) : [];
    const trialOf = (drawn: readonly Candidate[], drawnLabel: string): Trial => {
      const near = drawn.toSorted((a, b) => b.similarity - a.similarity);
      const isRight = drawnLabel !== "absent" && answers(near[0]!);
      const features = Object.values(evidenceOf(text, near, knowledge).features);
      const found = { table: name, question: text, row: near[0]!.text, label: drawnLabel, kind };
      return { ...found, variant: "small", rows: drawn.length, isRight, features };
    };
    return (all.length === 0 ? [] : SMALL_TABLES).flatMap((size) => [
      trialOf(own ? [own, ...random.some(others, size - 1)] : random.some(others, size), label),
      ...(wrong.length === 0 ? [] : [trialOf(random.some(wrong, size), "absent")]),
    ]);
  });
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

/** The rows of a table, nearest first; none for a question that has no vector. */
function nearest(question: Float32Array, rows: Matrix, texts: readonly string[]): Candidate[] {
  if (Number.isNaN(question[0])) return [];
  const all = texts.map((text, row) => ({ text, similarity: dot(question, rowOf(rows, row)) }));
  return all.sort((a, b) => b.similarity - a.similarity);
}
