import { LtdError } from "../errors.ts";
import { asText } from "./labelled.ts";
import type { NamedRows } from "./read-rows.ts";

/** A question, and the rows that mean the same: none of them if the table does not have it. */
export interface LabelledQuestion {
  readonly question: string;
  /** Keys of such rows, as `match` prints them. Parts of a composite key are joined with a comma and a blank. */
  readonly keys: readonly string[];
  /** Texts of such rows. */
  readonly texts: readonly string[];
  /** Texts of rows that were said to mean something else. */
  readonly wrong: readonly string[];
  /** Above 0: questions that it stands for. Default 1. */
  readonly weight?: number;
}

const QUESTION = ["question", "query", "sentence1", "text1", "question1"];
const KEY = ["key", "id"];
const ROW = ["row", "match", "title", "sentence2", "text2", "question2"];
const LABEL = ["label"];

/** Whether cells of a first line name the columns of labelled questions. */
export function isQuestionHeader(cells: readonly string[], columns: readonly string[] = []): boolean {
  return cells.some((cell) => [...QUESTION, ...KEY, ...ROW, ...LABEL, ...columns].includes(cell.trim()));
}

/**
 * Reads labelled questions. Columns are a question, the `key` of the row that means it or that row's text (`row`), and
 * optionally a `label`: 1 if they mean the same, 0 if not. No key and no row: the table does not have it. A question
 * may stand in several rows.
 * @param columns the question's column and the row's, and the label's; default: by their names
 * @throws LtdError "input" for other columns, or a label that is neither 0 nor 1
 */
export function readQuestions(named: NamedRows, columns?: readonly string[]): LabelledQuestion[] {
  const { source, rows, placeOf } = named;
  if (rows.length === 0) throw new LtdError("input", `${source} has no rows`);
  const header = named.header ?? Object.keys(rows[0] ?? {});
  const choose = (names: readonly string[]) => names.find((name) => header.includes(name));
  const missing = columns?.filter((name) => !header.includes(name)) ?? [];
  const question = columns?.[0] ?? choose(QUESTION);
  const key =
    columns === undefined ? choose(KEY) : columns[1] !== undefined && KEY.includes(columns[1]) ? columns[1] : undefined;
  const row = columns === undefined ? choose(ROW) : key === undefined ? columns[1] : undefined;
  const label = columns === undefined ? choose(LABEL) : columns[2];
  if (missing.length > 0 || question === undefined || (key ?? row) === undefined || question === row) {
    throw new LtdError(
      "input",
      `${source} has the columns ${header.join(", ")}: ${missing.length > 0 ? `there is no column ${missing.join(", ")}` : "they do not say which row a question means"}`,
      {
        hint: "question, key (or row: its text; empty where the table does not have it) and, if you like, label (1 or 0)",
      },
    );
  }
  const byText = new Map<string, { question: string; keys: string[]; texts: string[]; wrong: string[] }>();
  rows.forEach((cells, at) => {
    const text = asText(cells[question]).trim();
    if (text === "") throw new LtdError("input", `${placeOf(at)} of ${source} has no ${question}`);
    const says = label === undefined ? "1" : asText(cells[label]).trim();
    if (!["0", "1", "0.0", "1.0"].includes(says)) {
      throw new LtdError("input", `the ${label} in ${placeOf(at)} of ${source} is ${says === "" ? "missing" : says}`, {
        hint: "1: the row means what is asked; 0: it does not",
      });
    }
    const labelled = byText.get(text) ?? { question: text, keys: [], texts: [], wrong: [] };
    byText.set(text, labelled);
    const isSame = Number(says) === 1;
    const named = key === undefined ? "" : asText(cells[key]).trim();
    const written = row === undefined ? "" : asText(cells[row]).trim();
    if (named !== "" && isSame) labelled.keys.push(named);
    else if (written !== "") (isSame ? labelled.texts : labelled.wrong).push(written);
  });
  return [...byText.values()];
}
