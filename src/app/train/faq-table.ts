import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { LtdError } from "../../errors.ts";
import { packageRoot } from "../../package-root.ts";
import { bareText } from "../../text/normalize.ts";

/** A FAQ table with questions that people ask of it. */
export interface Table {
  readonly name: string;
  readonly rows: readonly string[];
  readonly keysOf: ReadonlyMap<string, ReadonlySet<string>>;
  readonly questions: readonly { text: string; label: string; kind: string }[];
}

/**
 * Reads the FAQ tables of a folder, in the order of their names.
 * @throws {LtdError} "input" for a folder without tables
 */
export async function readTables(folder: string): Promise<Table[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith(".rows.tsv")).sort();
  if (files.length === 0) {
    throw new LtdError("input", `${folder} has no tables`, { hint: "a table is NAME.rows.tsv and NAME.questions.tsv" });
  }
  return Promise.all(files.map((file) => readTable(folder, file.slice(0, -".rows.tsv".length))));
}

/** The questions of the demo: a table of thousands of similar rows, without asked questions. */
export async function readDemo(): Promise<Table> {
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
