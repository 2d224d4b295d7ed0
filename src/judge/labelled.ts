import { LtdError } from "../errors.ts";
import type { NamedRows } from "./read-rows.ts";

/** Pairs of texts and how alike they are: 0 or 1, or any graded score; larger is more alike. Three lists of N. */
export interface LabelledPairs {
  readonly kind: "pairs";
  readonly first: readonly string[];
  readonly second: readonly string[];
  readonly labels: readonly number[];
}

/** An FAQ, and questions whose row is known. The i-th question means row `right[i]` of `corpus`. */
export interface LabelledFaq {
  readonly kind: "faq";
  readonly questions: readonly string[];
  readonly right: readonly number[];
  readonly corpus: readonly string[];
}

/** Texts and their classes: two lists of N. */
export interface LabelledTexts {
  readonly kind: "classes";
  readonly texts: readonly string[];
  readonly labels: readonly string[];
}

export type Labelled = LabelledPairs | LabelledFaq | LabelledTexts;

/** How a file is to be read. */
export interface LabelledOptions {
  /** Default: what the columns look like. */
  kind?: Labelled["kind"];
  /**
   * The columns, in the order pairs: first, second, label; faq: question, row; classes: text, label. Default: by their
   * names.
   */
  columns?: readonly string[];
}

const NAMES = {
  pairs: [
    ["sentence1", "text1", "question1", "first", "question"],
    ["sentence2", "text2", "question2", "second", "row", "match"],
    ["label", "score", "similarity"],
  ],
  faq: [
    ["question", "query"],
    ["title", "row", "match"],
  ],
  classes: [
    ["text", "sentence", "title", "question", "query"],
    ["label", "class", "intent", "category", "domain"],
  ],
} as const satisfies Record<Labelled["kind"], readonly (readonly string[])[]>;

/** The order in which a file's columns are tried. A pair also has a text and a label, an FAQ a question. */
const KINDS = ["pairs", "faq", "classes"] as const;

/** Whether cells of a first line are a header: one of them is a name that is known, or that was given. */
export function isHeader(cells: readonly string[], columns: readonly string[] = []): boolean {
  const known = new Set<string>([...Object.values(NAMES).flat(2), ...columns]);
  return cells.some((cell) => known.has(cell.trim()));
}

/**
 * Labelled pairs, an FAQ or labelled texts, from rows; the columns decide which.
 *
 * Groups of questions that mean the same make an FAQ, too: `questions` (a list; the first is the row, the others ask
 * for it) or `equivalent` and `not_equivalent` (the first is the row, the second asks for it, the others are rows as
 * well).
 * @throws LtdError "input" for columns that are none of these, a label that is missing or no number, or labels that are
 *   all the same
 */
export function readLabelled(named: NamedRows, options: LabelledOptions = {}): Labelled {
  const { source, rows } = named;
  if (rows.length === 0) throw new LtdError("input", `${source} has no rows`);
  const group = groupsOf(named);
  if (group !== undefined && (options.kind ?? "faq") === "faq" && options.columns === undefined)
    return checked(faqOf(group, source), named);
  const [kind, columns] = chooseColumns(named, options);
  const texts = columns.map((column) => rows.map((row) => asText(row[column])));
  const [first = [], second = []] = texts;
  if (kind === "pairs") {
    const labels = texts[2]!.map((label, row) => numberOf(label, columns[2]!, named, row));
    return checked({ kind, first, second, labels }, named);
  }
  if (kind === "classes") {
    const missing = second.filter((label) => label === "").length;
    if (missing > 0) {
      const at = named.placeOf(second.indexOf(""));
      throw new LtdError(
        "input",
        `${missing} of ${rows.length} rows of ${source} have no ${columns[1]}, the first in ${at}`,
        {
          hint: "give every text a label, or leave these rows out",
        },
      );
    }
    return checked({ kind, texts: first, labels: second }, named);
  }
  const known = [...new Set(second)];
  const rowOf = new Map(known.map((text, at) => [text, at]));
  const asked = new Map(first.map((question, row) => [question, rowOf.get(second[row]!)!]));
  return checked({ kind, questions: [...asked.keys()], right: [...asked.values()], corpus: known }, named);
}

interface Group {
  /** The first is the row. */
  same: readonly string[];
  asks: readonly string[];
  others: readonly string[];
}

function groupsOf({ header, rows, source, placeOf }: NamedRows): Group[] | undefined {
  const list = header?.includes("questions") ? "questions" : header?.includes("equivalent") ? "equivalent" : undefined;
  if (list === undefined || !Array.isArray(rows[0]![list])) return undefined;
  return rows.map((row, at) => {
    const same = row[list];
    if (!Array.isArray(same) || same.length === 0)
      throw new LtdError("input", `${placeOf(at)} of ${source} has no list of ${list}`);
    const texts = same.map(asText);
    const others = Array.isArray(row["not_equivalent"]) ? row["not_equivalent"].map(asText) : [];
    return { same: texts, asks: list === "questions" ? texts.slice(1) : texts.slice(1, 2), others };
  });
}

function faqOf(groups: readonly Group[], source: string): LabelledFaq {
  const corpus = [...new Set([...groups.map(({ same }) => same[0]!), ...groups.flatMap(({ others }) => others)])];
  const rowOf = new Map(corpus.map((text, at) => [text, at]));
  const asked = groups.flatMap(({ same, asks }) => asks.map((question) => [question, rowOf.get(same[0]!)!] as const));
  if (asked.length === 0)
    throw new LtdError("input", `no group of ${source} has a second question: nothing asks for its rows`);
  return { kind: "faq", questions: asked.map(([question]) => question), right: asked.map(([, at]) => at), corpus };
}

function chooseColumns(named: NamedRows, { kind, columns }: LabelledOptions): [Labelled["kind"], readonly string[]] {
  const { header, rows, source } = named;
  if (columns !== undefined) {
    const wanted = KINDS.find(
      (candidate) => (kind ?? candidate) === candidate && NAMES[candidate].length === columns.length,
    );
    if (wanted === undefined)
      throw new LtdError("usage", `${columns.length} columns are named: ${columns.join(", ")}`, {
        hint: "name three for pairs (first, second, label), two for an FAQ (question, row; with the kind faq) or classes (text, label)",
      });
    // two columns are classes unless an FAQ was asked for
    const chosen = kind ?? (columns.length === 2 ? "classes" : wanted);
    const names = header ?? Object.keys(rows[0]!);
    const missing = columns.filter((column) => !names.includes(column));
    if (missing.length > 0) throw wrongHeader(named, `there is no column ${missing.join(", ")}`);
    return [chosen, columns];
  }
  if (header === null) return withoutHeader(named, kind);
  for (const candidate of KINDS) {
    if (kind !== undefined && kind !== candidate) continue;
    const used: string[] = [];
    for (const names of NAMES[candidate]) {
      const found = names.find((name) => header.includes(name) && !used.includes(name));
      if (found !== undefined) used.push(found);
    }
    if (used.length === NAMES[candidate].length) return [candidate, used];
  }
  throw wrongHeader(named, `these are not the columns of ${kind ?? "pairs, of an FAQ or of classes"}`);

  function wrongHeader({ header: seen }: NamedRows, what: string): LtdError {
    return new LtdError("input", `${source} has the columns ${seen?.join(", ") ?? "1, 2, … (no header)"}: ${what}`, {
      hint: "pairs: sentence1, sentence2, label; FAQ: question, title; classes: text, label; or name them with --columns",
    });
  }
}

/** Two texts and a number are a pair; a text and a word that comes back are a text and its class. */
function withoutHeader(named: NamedRows, kind: Labelled["kind"] | undefined): [Labelled["kind"], readonly string[]] {
  const { rows, source } = named;
  const cells = Object.values(rows[0]!).map(asText);
  const isNumber = cells[2] !== undefined && cells[2].trim() !== "" && Number.isFinite(Number(cells[2]));
  if (cells.length === 3 && isNumber && (kind ?? "pairs") === "pairs") return ["pairs", ["1", "2", "3"]];
  const isRepeated = rows.slice(1).some((row) => row["2"] === cells[1]);
  if (cells.length === 2 && isRepeated && (kind ?? "classes") === "classes") return ["classes", ["1", "2"]];
  if (cells.length === 2 && kind === "faq") return ["faq", ["1", "2"]];
  throw new LtdError("input", `the header of ${source} is not known: ${cells.join(", ").slice(0, 120)}`, {
    hint: "pairs: sentence1, sentence2, label; FAQ: question, title; classes: text, label; or name the columns with --columns",
  });
}

function numberOf(label: string, column: string, { source, placeOf }: NamedRows, row: number): number {
  const value = Number(label);
  if (label.trim() !== "" && Number.isFinite(value)) return value;
  const what = label.trim() === "" ? "is missing" : `is no number: ${label.slice(0, 40)}`;
  throw new LtdError("input", `the ${column} in ${placeOf(row)} of ${source} ${what}`, {
    hint: "the label of a pair is a number: 1 for the same meaning and 0 for another, or a score",
  });
}

/** Nothing can be measured where all labels, or all texts, are the same. */
function checked<T extends Labelled>(labelled: T, { source }: NamedRows): T {
  const [labels, texts] =
    labelled.kind === "pairs"
      ? [labelled.labels, [...labelled.first, ...labelled.second]]
      : labelled.kind === "classes"
        ? [labelled.labels, labelled.texts]
        : [undefined, [...labelled.corpus]];
  if (labels !== undefined && new Set<unknown>(labels).size < 2)
    throw new LtdError("input", `all ${labels.length} labels of ${source} are the same: ${labels[0]}`, {
      hint: "at least two different ones are needed",
    });
  if (new Set(texts).size < 2)
    throw new LtdError("input", `all texts of ${source} are the same: ${texts[0]?.slice(0, 40)}`);
  return labelled;
}

/** A cell as text: what is no string as JSON, nothing as an empty string. */
export function asText(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
