/** Counts what plain English avoids: `node scripts/prose.ts [--list KIND]`. `test/prose.test.ts` lets no count grow. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/** What is counted, each with its places as `file:line: text`. */
export interface Prose {
  /** Private words and phrases, in comments, documentation and messages: see {@link PRIVATE_WORDS}. */
  readonly privateWords: readonly string[];
  /** First sentences of docstrings with more than 100 characters. */
  readonly longFirstSentences: readonly string[];
  /** Lines of comments with more than 120 characters. */
  readonly longCommentLines: readonly string[];
  /** Functions and classes that the package exports without an `@example`. */
  readonly exportsWithoutExample: readonly string[];
}

/** Words that have to be read twice, where the field has one of its own. */
const PRIVATE_WORDS = [
  "anew",
  "nobody",
  "somebody",
  "so many",
  "meanwhile",
  "is harmless",
  "shall",
  "comes along",
  "begins anew",
  "is let through",
  "be had",
];

const LONGEST_SENTENCE = 100;
const LONGEST_LINE = 120;
const root = join(fileURLToPath(import.meta.url), "../..");
const PUBLIC = ["src/index.ts", "src/kysely.ts", "src/pg.ts", "src/serve.ts"];
const SOURCES = ["src/**/*.ts", "engine/**/*.ts"];
const TEXTS = [
  "docs/*.md",
  "{README,CONTRIBUTING,CHANGELOG}.md",
  "sql/**/*.sql",
  "page/**/*.{js,html}",
  "{bench,examples}/**/*.ts",
  "distill/*.{md,py}",
];

/** Reads all of the repository. Takes some seconds. */
export function readProse(): Prose {
  const sources = globSync(SOURCES, { cwd: root }).toSorted();
  const texts = globSync(TEXTS, { cwd: root }).toSorted();
  const privateWords = new RegExp(`\\b(${PRIVATE_WORDS.join("|")})\\b`, "i");
  return {
    privateWords: [...sources, ...texts].flatMap((file) => placesOf(file, (line) => privateWords.test(line))),
    longFirstSentences: sources.flatMap(longFirstSentences),
    longCommentLines: sources.flatMap((file) =>
      placesOf(file, (line) => line.length > LONGEST_LINE && /^\s*(\/\/|\/\*|\*)/.test(line)),
    ),
    exportsWithoutExample: exportsWithoutExample(),
  };
}

function placesOf(file: string, isMeant: (line: string) => boolean): string[] {
  const lines = readFileSync(join(root, file), "utf8").split("\n");
  return lines.flatMap((line, at) => (isMeant(line) ? [`${file}:${at + 1}: ${line.trim()}`] : []));
}

function longFirstSentences(file: string): string[] {
  const text = readFileSync(join(root, file), "utf8");
  return [...text.matchAll(/\/\*\*(.*?)\*\//gs)].flatMap(({ 1: comment, index }) => {
    const prose = comment!
      .replaceAll(/^\s*\* ?/gm, "")
      .replaceAll(/\s+/g, " ")
      .trim();
    const sentence = /^.*?[.:](?= [A-Z@-]|$)/.exec(prose.split(" @")[0]!)?.[0] ?? prose.split(" @")[0]!;
    const line = text.slice(0, index).split("\n").length;
    return sentence.length > LONGEST_SENTENCE ? [`${file}:${line}: ${sentence}`] : [];
  });
}

/** An `@example` of an exported function or class. */
export interface Example {
  readonly name: string;
  /** File of the package's entry that exports it: `src/index.ts`. */
  readonly module: string;
  readonly code: string;
}

/** All of them. */
export function readExamples(): Example[] {
  return publicNames().flatMap(({ name, module, comment }) => {
    const code = /@example\n?((?:(?!\n\s*\* @|\*\/)[\s\S])*)/.exec(comment)?.[1];
    return code === undefined ? [] : [{ name, module, code: code.replaceAll(/^\s*\* ?/gm, "").trim() }];
  });
}

function exportsWithoutExample(): string[] {
  return publicNames()
    .filter(({ comment }) => !comment.includes("@example"))
    .map(({ path, name }) => `${path}: ${name}`);
}

/** Functions and classes that the package exports, each with the comment in front of its declaration. */
function publicNames(): { name: string; module: string; path: string; comment: string }[] {
  return PUBLIC.flatMap((module) =>
    exportsOf(module).flatMap(({ name, path, of }) => {
      const comment = commentOf(path, of);
      return comment === undefined ? [] : [{ name, module, path, comment }];
    }),
  );
}

/** What a module exports: by which name, and the file and name of the declaration. Constants and types too. */
function exportsOf(module: string): { name: string; path: string; of: string }[] {
  const text = readFileSync(join(root, module), "utf8");
  const fileOf = (from: string): string => join(module, "..", from);
  const imported = new Map(
    [...text.matchAll(/^import \* as (\w+) from "(\.\/.*)";/gm)].map(({ 1: name, 2: from }) => [name!, fileOf(from!)]),
  );
  return [
    ...[...text.matchAll(/^export \* from "(\.\/.*)";/gm)].flatMap(({ 1: from }) => exportsOf(fileOf(from!))),
    ...[...text.matchAll(/^export (?:async )?(?:function|class) (\w+)/gm)].map(({ 1: name }) => ({
      name: name!,
      path: module,
      of: name!,
    })),
    // a checked function: `export const add: typeof adding.add = …`
    ...[...text.matchAll(/^export const (\w+): typeof (\w+)\.(\w+)/gm)].map(({ 1: name, 2: from, 3: of }) => ({
      name: name!,
      path: imported.get(from!) ?? module,
      of: of!,
    })),
    ...[...text.matchAll(/^export \{([^}]*)\} from "(\.\/.*)";/gm)].flatMap(({ 1: list, 2: from }) =>
      list!
        .split(",")
        .map((each) => each.trim())
        .filter((each) => each !== "" && !each.startsWith("type "))
        .map((name) => ({ name, path: fileOf(from!), of: name })),
    ),
  ];
}

/** The docstring of a function or class; undefined for a constant or a type. */
function commentOf(path: string, name: string): string | undefined {
  const text = readFileSync(join(root, path), "utf8");
  const at = text.search(new RegExp(`^export (async )?(function|class) ${name}\\b`, "m"));
  return at < 0 ? undefined : (/\/\*\*((?!\*\/).)*\*\/\s*$/s.exec(text.slice(0, at))?.[0] ?? "");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { list: { type: "string" } } });
  const prose = readProse();
  for (const [kind, places] of Object.entries(prose) as [string, readonly string[]][]) {
    process.stdout.write(`${kind}: ${places.length}\n`);
    if (values.list === kind) process.stdout.write(places.map((place) => `  ${place}\n`).join(""));
  }
}
