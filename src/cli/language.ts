import { readFileSync } from "node:fs";
import { packageRoot } from "../package-root.ts";

/** The languages that the command line speaks. The library and `--json` speak English only. */
export type Language = "en" | "zh";

/** One placeholder of a message. */
const PLACEHOLDER = /\{(\d+)\}/g;

/** A Chinese character beside a Latin letter or a digit: typographers put a blank between them. */
const MIXED_JOINT = /^(?:\p{Script=Han}[A-Za-z0-9]|[A-Za-z0-9]\p{Script=Han})$/u;

/**
 * Letters that a template must have, placeholders aside, to be recognised in a finished sentence. A template like `{1}
 * of {2}` would fit anything. The first number is for a template that begins with a word.
 */
const LEAST_LETTERS = [3, 5] as const;

/** How deep a sentence may hold other sentences. */
const DEEPEST = 4;

/** The only single words that are translated inside a sentence. Any other may be the name of a table or column. */
const INNER_WORDS: ReadonlySet<string> = new Set(["missing", "invalid"]);

interface Pattern {
  readonly pattern: RegExp;
  readonly translation: string;
}

interface Catalogue {
  readonly entries: ReadonlyMap<string, string>;
  /** The templates, the most specific first; made at the first sentence that is not an entry itself. */
  patterns?: readonly Pattern[];
  /** Templates that are the end of a sentence, such as `, the oldest for {1} s`. */
  endings?: readonly Pattern[];
}

let catalogue: Catalogue | undefined;
let chinese: Catalogue | undefined;

/**
 * The language of a run: `LTD_LANG`, else the locale. That is the first of LC_ALL, LC_MESSAGES and LANG that is set, as
 * in POSIX. Everything that begins with `zh` is Chinese, everything else English.
 */
export function languageOf(environment: NodeJS.ProcessEnv): Language {
  const { LTD_LANG, LC_ALL, LC_MESSAGES, LANG } = environment;
  return /^zh\b|^zh_/i.test(LTD_LANG || LC_ALL || LC_MESSAGES || LANG || "") ? "zh" : "en";
}

/** Chooses the language of everything that is printed from now on. */
export function setLanguage(language: Language): void {
  catalogue = language === "zh" ? (chinese ??= readCatalogue()) : undefined;
}

function readCatalogue(): Catalogue {
  const file = readFileSync(new URL("locale/zh.json", packageRoot), "utf8");
  return { entries: new Map(Object.entries(JSON.parse(file) as Record<string, string>)) };
}

/**
 * A message of the command line in the language of the run: t`${count} rows`. Its key is the English template, `{1}
 * rows`.
 */
export function t(strings: TemplateStringsArray, ...values: readonly unknown[]): string {
  const written = values.map(String);
  const english = (): string => strings.reduce((text, part, at) => text + written[at - 1]! + part);
  if (catalogue === undefined) return english();
  const translation = catalogue.entries.get(strings.reduce((text, part, at) => `${text}{${at}}${part}`));
  return translation === undefined ? english() : fill(translation, written);
}

/**
 * A finished English sentence in the language of the run: an error, a hint, what `doctor` found. It is compared with
 * the templates of the catalogue, and so are the values in its placeholders. A sentence that no template fits stays as
 * it is.
 */
export function translate(sentence: string): string {
  return catalogue === undefined ? sentence : (find(catalogue, sentence, 0) ?? sentence);
}

function find(from: Catalogue, sentence: string, depth: number): string | undefined {
  const entry = from.entries.get(sentence);
  if (entry !== undefined && (depth === 0 || /[ \u{80}-\u{ffff}]/u.test(sentence) || INNER_WORDS.has(sentence)))
    return entry;
  if (depth === DEEPEST) return undefined;
  const inner = (value: string): string => find(from, value, depth + 1) ?? value;
  from.patterns ??= compile(from.entries, (key) => key.includes("{1}"), "^");
  for (const { pattern, translation } of from.patterns) {
    const found = pattern.exec(sentence);
    if (found !== null) return fill(translation, found.slice(1).map(inner));
  }
  from.endings ??= compile(from.entries, (key) => /^[ ,]/.test(key), "^([^]+)");
  for (const { pattern, translation } of from.endings) {
    const [, head, ...values] = pattern.exec(sentence) ?? [];
    if (head !== undefined) return inner(head) + fill(translation, values.map(inner));
  }
  return findParts(sentence, "; ", "；", inner) ?? findParts(sentence, ": ", "：", inner);
}

/** A sentence that is made of several: the problems of a file, of a setting. What could not be done, and why. */
function findParts(
  sentence: string,
  separator: string,
  chinese: string,
  inner: (part: string) => string,
): string | undefined {
  const at = sentence.indexOf(separator);
  if (at < 0) return undefined;
  const parts = [sentence.slice(0, at), sentence.slice(at + separator.length)] as const;
  const [head, tail] = [inner(parts[0]), inner(parts[1])];
  return head === parts[0] && tail === parts[1] ? undefined : head + chinese + tail;
}

function compile(
  entries: ReadonlyMap<string, string>,
  isWanted: (template: string) => boolean,
  start: string,
): readonly Pattern[] {
  return [...entries]
    .map(([template, translation]) => ({ template, translation, letters: lettersOf(template) }))
    .filter(
      ({ template, letters }) => letters >= LEAST_LETTERS[template.startsWith("{1}") ? 1 : 0] && isWanted(template),
    )
    .toSorted((a, b) => b.letters - a.letters)
    .map(({ template, translation }) => ({ pattern: new RegExp(`${start}${patternOf(template)}$`), translation }));
}

function lettersOf(template: string): number {
  return template.replaceAll(PLACEHOLDER, "").replaceAll(/[^A-Za-z]/g, "").length;
}

function patternOf(template: string): string {
  return template
    .split(PLACEHOLDER)
    .map((part, at) => (at % 2 === 1 ? "([^]*?)" : part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)))
    .join("");
}

/** A template with its values, and a blank wherever Latin and Chinese meet in between. */
function fill(translation: string, values: readonly string[]): string {
  return translation.split(PLACEHOLDER).reduce((text, part, at) => {
    const next = at % 2 === 1 ? (values[Number(part) - 1] ?? "") : part;
    return `${text}${MIXED_JOINT.test(text.slice(-1) + next.slice(0, 1)) ? " " : ""}${next}`;
  }, "");
}
