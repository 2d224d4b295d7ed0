import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseSync } from "oxc-parser";
import { isNode, OTHER, Scan, textOf, type Message } from "./scan-messages.ts";

/**
 * Finds every English text that the command line prints, in the source, and brings locale/zh.json up to date: missing texts are added
 * with an empty translation, those that the source no longer has are removed. test/cli/messages.test.ts holds that none is empty.
 *
 * A text is the template as it is written, with its placeholders numbered: `${count} rows of ${index}` is `{1} rows of {2}`.
 */

const root = join(import.meta.dirname, "..");
const CATALOGUE = join(root, "locale/zh.json");

/** Values that are printed as words, such as the state of a generation. They are no sentences, so the scan cannot tell them. */
const VALUES = {
  "src/app/operate/check.ts": ["ok", "warning", "problem"],
  "src/app/operate/verify.ts": ["missing", "orphan", "stale", "wrong model", "wrong dimension", "rewritten"],
  "src/app/operate/generation.ts": ["building", "live", "former"],
  "src/db/entries/vector-index.ts": ["valid", "invalid"],
  "src/cli/commands/watch.ts": ["embedded", "empty", "unchanged", "deleted", "errors"],
  "src/cli/commands/match.ts": ["calibrated"],
  "src/cli/help.ts": ["error: {1}", " (default: {1})"],
};

/** Every text of the command line, in the order of the source. */
export function findMessages(): Message[] {
  const found: Message[] = [];
  for (const path of sourceFiles(join(root, "src"))) {
    const file = relative(root, path);
    if (!OTHER.test(file)) new Scan(file, readFileSync(path, "utf8"), found).run();
  }
  for (const [file, texts] of Object.entries(VALUES))
    for (const text of texts) found.push({ text, place: file, isUntagged: false });
  return [...found, ...commanderMessages()];
}

/** The catalogue: English text to Chinese text. */
export function readCatalogue(): Record<string, string> {
  return JSON.parse(readFileSync(CATALOGUE, "utf8")) as Record<string, string>;
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .toSorted()
    .map((name) => join(folder, name));
}

/** The texts of commander itself: its errors, headings and own options. */
function commanderMessages(): Message[] {
  const found: Message[] = [];
  for (const name of ["command.js", "help.js", "suggestSimilar.js"]) {
    const file = `node_modules/commander/lib/${name}`;
    const source = readFileSync(join(root, file), "utf8");
    const walk = (node: unknown): void => {
      if (Array.isArray(node)) return node.forEach(walk);
      if (!isNode(node)) return;
      const text = textOf(node)?.replace(/\{\d+\}$/, (last) =>
        textOf(node)!.startsWith("error: unknown") ? "" : last,
      );
      if (
        text !== undefined &&
        /^error: \S|^\n?\(Did you|^(Usage|Arguments|Options|Global Options|Commands):$|^(display help for command|output the version number)$/.test(
          text,
        )
      )
        found.push({ text: text.replace(/^error: |^\n/, ""), place: file, isUntagged: false });
      for (const child of Object.values(node)) walk(child);
    };
    walk(parseSync(file, source).program);
  }
  return found;
}

if (process.argv[1] === import.meta.filename) {
  const known = readCatalogue();
  const texts = [...new Set(findMessages().map(({ text }) => text))];
  const next = Object.fromEntries(texts.map((text) => [text, known[text] ?? ""]));
  writeFileSync(CATALOGUE, `${JSON.stringify(next, undefined, 2)}\n`);
  const empty = texts.filter((text) => next[text] === "");
  const removed = Object.keys(known).filter((text) => next[text] === undefined);
  console.log(`${texts.length} texts, ${empty.length} without a translation, ${removed.length} removed`);
}
