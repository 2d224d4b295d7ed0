import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/**
 * Writes the types of docs/json.md out of the source: `node scripts/json-page.ts`. A section of the page is a verb and what it prints:
 *
 *     ### `sync`
 *     <!-- json: SyncResult -->
 *
 * The block below is made: the type, and every type that it needs and no block above has. test/cli/json.test.ts holds that the page is up to
 * date, and compares it with what the verbs really print.
 */

const root = join(import.meta.dirname, "..");
const PAGE = join(root, "docs/json.md");

/** A verb of the page, such as `alias list`, with the TypeScript type of a line that it prints. */
export interface Section {
  readonly verb: string;
  readonly type: string;
}

interface Declaration {
  readonly file: string;
  readonly text: string;
}

/** Declarations of the source by file and name; every interface and type alias, exported or not. */
function readSource(): Map<string, Map<string, Declaration>> {
  const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).filter((each) =>
    each.endsWith(".ts"),
  );
  return new Map(
    files.map((name) => {
      const file = join("src", name);
      const text = readFileSync(join(root, file), "utf8");
      const found = text.matchAll(
        /^(?:export )?(?:interface (?<object>\w+)[^]*?^\}|type (?<alias>\w+)[^]*?;(?!\n ))$/gm,
      );
      return [
        file,
        new Map([...found].map(({ 0: code, groups }) => [groups!.object ?? groups!.alias!, { file, text: code }])),
      ];
    }),
  );
}

/** Puts declarations together, each once. */
class Writer {
  readonly #source = readSource();
  /** Names that stand on the page, with the file of each. */
  readonly #done = new Map<string, string>();

  /** The declarations that an expression needs and that were not written yet, the first needed first. */
  block(expression: string): string[] {
    const written: string[] = [];
    for (const name of namesIn(expression)) this.#write(this.#exported(name), name, written);
    return written;
  }

  /** What a name is that a page says: exported, and by one file only. */
  #exported(name: string): Declaration | undefined {
    const found = [...this.#source.values()].flatMap((names) => names.get(name) ?? []);
    const exported = found.filter(({ text }) => text.startsWith("export"));
    if (exported.length > 1)
      throw new Error(`${name} is exported by ${exported.map(({ file }) => file).join(" and ")}`);
    return exported[0];
  }

  #write(declaration: Declaration | undefined, name: string, written: string[]): void {
    if (declaration === undefined) return;
    const { file, text } = declaration;
    const before = this.#done.get(name);
    if (before !== undefined && before !== file) throw new Error(`${name} is of ${before} and of ${file}: rename one`);
    if (before !== undefined) return;
    this.#done.set(name, file);
    const plain = asJson(this.#withoutConstants(file, text));
    written.push(plain);
    for (const needed of namesIn(plain)) if (needed !== name) this.#write(this.#visible(file, needed), needed, written);
  }

  /** A name as a file sees it: declared there, or imported. */
  #visible(file: string, name: string): Declaration | undefined {
    const own = this.#source.get(file)?.get(name);
    if (own !== undefined) return own;
    const text = readFileSync(join(root, file), "utf8");
    for (const [, names, path] of text.matchAll(/(?:import|export)(?: type)? \{([^}]*)\} from "(\.[^"]+)"/g)) {
      const from = relative(root, join(root, dirname(file), path!));
      if (new RegExp(String.raw`\b${name}\b`).test(names!) && existsSync(join(root, from)))
        return this.#visible(from, name);
    }
    return undefined;
  }

  /** `(typeof KINDS)[number]` as the union that it is. */
  #withoutConstants(file: string, text: string): string {
    return text.replaceAll(/\(typeof (\w+)\)\[number\]/g, (_, name: string) => {
      const values = new RegExp(String.raw`const ${name} = (\[[^\]]*\]) as const`).exec(
        readFileSync(join(root, file), "utf8"),
      );
      if (values === null) throw new Error(`${file} has no constant ${name} that can be read`);
      return (JSON.parse(values[1]!.replace(/,\s*\]/, "]")) as string[])
        .map((value) => JSON.stringify(value))
        .join(" | ");
    });
  }
}

/** Names of types in a text, without its comments and strings. */
function namesIn(text: string): Set<string> {
  const bare = text.replaceAll(/\/\*[^]*?\*\/|\/\/.*|"[^"]*"/g, "");
  return new Set(bare.match(/\b[A-Z]\w*\b/g) ?? []);
}

/** A declaration as JSON has it: a date is a string, nothing is read-only, and a row is any object. */
function asJson(text: string): string {
  return text
    .replaceAll(/^export |\breadonly |^ {2}\/\/.*\n/gm, "")
    .replaceAll(/<Row extends object[^>]*>>+/g, "")
    .replaceAll("<Row>", "")
    .replaceAll(/Readonly<(Record<[^<>]*>)>/g, "$1")
    .replaceAll(/\bDate\b/g, "string")
    .replaceAll(/(null in JSON[^\n]*\n +\w+: number);/g, "$1 | null;")
    .replaceAll(/\{@link (\w+)\}/g, "`$1`");
}

/** The sections of the page, in its order. */
export function sectionsOf(page: string): Section[] {
  const found = page.matchAll(/^### `([a-z -]+)`[^\n]*\n[^]*?<!-- json: (.*) -->$/gm);
  return [...found].map(([, verb, type]) => ({ verb: verb!, type: type! }));
}

/** The TypeScript of the page: all of its blocks. */
export function typesOf(page: string): string {
  return [...page.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, code]) => code).join("\n");
}

/** The page with its blocks made from the source. */
export function fill(page: string): string {
  const writer = new Writer();
  return page.replaceAll(/(<!-- json: (.*) -->\n)(?:\n```ts\n[^]*?^```\n)?/gm, (_, mark: string, type: string) => {
    const code = writer.block(type);
    return code.length === 0 ? mark : `${mark}\n\`\`\`ts\n${code.join("\n\n")}\n\`\`\`\n`;
  });
}

if (process.argv[1] === import.meta.filename) writeFileSync(PAGE, fill(readFileSync(PAGE, "utf8")));
