import { parseSync } from "oxc-parser";

/** A text, and a place where it is written. */
export interface Message {
  readonly text: string;
  readonly place: string;
  /** Printed by src/cli without being translated: it must be written as t`…`. */
  readonly isUntagged: boolean;
}

export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [name: string]: unknown;
}

/** Files whose texts are no messages of the command line: answers over HTTP, arguments of the library, word lists, pages. */
export const OTHER =
  /^src\/(app\/file\/page|check-arguments|kysely|pg|db\/connect\/pg-pool|cli\/(context|completion-scripts)|serve\/(app|body|loop|mcp-http|mcp-protocol|mcp-tools|metrics|openapi|requests)|text\/stop-words|judge\/chance\/feature|report\/html)\.ts$/;
/** Calls whose texts are SQL, data, or errors that are bugs of this program. */
const QUIET =
  /^(query|run|own|script|put|quoteLiteral|replaceAll|split|test|startsWith|Error|RangeError|TypeError|Map|write|writeFile|writeFileSync|mapInto|sql|traced|stringify)$/;
const SQL =
  /^\s*(select|set|grant|revoke|listen|fetch|close|declare|create|explain|drop|alter|show|begin|commit|insert|update|delete|analyze|notify|copy|from|where|lock|reset|and|or|timestamp|double|pg_catalog|text|vector)\b/;
const STATEMENT_HINT = /^(alter role|alter table|grant select|select …|create (a|it)|close other)/;
/** Calls of src/cli that translate the texts that they get, or put them into an error. */
const TRANSLATING =
  /^(LtdError|CommanderError|fileError|readStdin|askAll|decodeLines|translate|argument|option|requiredOption|description|addHelpText|command|commandsGroup|renderPairs|renderTable)$/;
const HELP_ARGUMENT: Readonly<Record<string, number>> = { description: 0, argument: 1, option: 1, requiredOption: 1 };

/** Texts that are the same in every language. */
const SAME = new Set([
  "{1} MB",
  "\ncaused by {1}",
  "{1} bytes",
  "{1} of rows",
  "QUERY PLAN",
  "{'descr': '{1}', 'fortran_order': False, 'shape': {2}, }",
  "alter table {1} no inherit {2}",
  "grant select on {1} to {2}",
  "new {1}",
  "C = {1}",
  " not null",
]);

/** Collects the texts of one file of the source. */
export class Scan {
  readonly #file: string;
  readonly #source: string;
  readonly #found: Message[];
  readonly #isCli: boolean;

  constructor(file: string, source: string, found: Message[]) {
    this.#file = file;
    this.#source = source;
    this.#found = found;
    this.#isCli = file.startsWith("src/cli/");
  }

  run(): void {
    this.#visit(parseSync(this.#file, this.#source).program as unknown as Node, { isQuiet: false, mayStay: false });
  }

  /** `isQuiet`: texts here are none; `mayStay`: something else translates them. */
  #visit(node: unknown, where: { isQuiet: boolean; mayStay: boolean }): void {
    if (Array.isArray(node)) return node.forEach((each) => this.#visit(each, where));
    if (!isNode(node) || node.type === "ImportDeclaration" || /^TS(Type|Interface|Literal|Union)/.test(node.type))
      return;
    if (node.type === "TaggedTemplateExpression") return this.#visitTagged(node, where);
    if (node.type === "CallExpression" || node.type === "NewExpression") return this.#visitCall(node, where);
    const text = textOf(node);
    if (text !== undefined && !where.isQuiet && isProse(text) && !SAME.has(text)) this.#add(text, node, !where.mayStay);
    // texts of a table of the module are translated where they are used, those of the verbs by the help
    if (node.type === "ExportNamedDeclaration" && this.#file === "src/cli/verbs.ts")
      where = { ...where, mayStay: true };
    const isTable =
      node.type === "VariableDeclaration" && this.#source.lastIndexOf("\n", node.start) === node.start - 1;
    const inside =
      isTable || node.type === "ExportNamedDeclaration" ? { ...where, mayStay: where.mayStay || isTable } : where;
    for (const [name, child] of Object.entries(node)) {
      const isKey = name === "key" && node["computed"] === false;
      if (name !== "type" && !isKey) this.#visit(child, inside);
      else if (isKey && this.#file === "src/cli/verbs.ts") this.#addIf(child, /:$/);
    }
  }

  #visitTagged(node: Node, where: { isQuiet: boolean; mayStay: boolean }): void {
    const { tag, quasi } = node as unknown as { tag: Node; quasi: Node };
    if (tag["name"] !== "t") return;
    this.#add(textOf(quasi)!, node, false);
    this.#visit(quasi["expressions"], where);
  }

  #visitCall(node: Node, where: { isQuiet: boolean; mayStay: boolean }): void {
    const { callee, arguments: given } = node as unknown as { callee: Node; arguments: Node[] };
    this.#visit(callee, where);
    const name = ((callee["property"] as Node | undefined)?.["name"] ?? callee["name"] ?? "") as string;
    const help = HELP_ARGUMENT[name];
    if (this.#isCli && help !== undefined) this.#addIf(given[help], /./);
    if (this.#isCli && name === "addHelpText") return this.#addHelp(given[1]!);
    if (this.#isCli && name === "commandsGroup") this.#addIf(given[0], /./);
    if (name === "renderPairs" || name === "renderTable") this.#addLabels(given[0]!);
    if (name === "LtdError") this.#addError(given);
    if (name === "say" && !this.#isCli) given.slice(1).forEach((each) => this.#addIf(each, /[a-z]{2}/));
    const mayStay = TRANSLATING.test(name) || (where.mayStay && callee.type !== "ArrowFunctionExpression");
    const isQuiet = QUIET.test(name) || where.isQuiet;
    for (const argument of given) {
      const isFunction = argument.type === "ArrowFunctionExpression";
      this.#visit(argument, isFunction ? { isQuiet: false, mayStay: false } : { isQuiet, mayStay });
    }
  }

  /** Message and hint of an error, also where they are no more than a command. */
  #addError([, message, options]: readonly Node[]): void {
    this.#addIf(message, /[a-z]{2}/);
    for (const property of (options?.["properties"] ?? []) as Node[])
      if ((property["key"] as Node | undefined)?.["name"] === "hint") this.#addBranches(property["value"] as Node);
  }

  #addBranches(node: Node): void {
    if (node.type !== "ConditionalExpression") return this.#addIf(node, /[a-z]{2}/);
    this.#addBranches(node["consequent"] as Node);
    this.#addBranches(node["alternate"] as Node);
  }

  /** The names of `renderPairs({ … })` and of `renderTable([ … ])`, written there or in a constant above. */
  #addLabels(node: Node): void {
    if (node.type === "Identifier") {
      const constant = new RegExp(String.raw`const ${node["name"] as string} = ([{[][^]*?\n? *[}\]]);`).exec(
        this.#source,
      );
      if (constant === null) return;
      const { program } = parseSync(this.#file, `(${constant[1]})`);
      const [statement] = program.body as unknown as { expression: { expression: Node } }[];
      return this.#addLabels(statement!.expression.expression);
    }
    for (const property of (node["properties"] ?? []) as Node[]) {
      const key = property["key"] as Node | undefined;
      if (key !== undefined) this.#addText((key["name"] ?? key["value"]) as string, node);
      else this.#addLabels(property["argument"] as Node);
    }
    if (node.type === "LogicalExpression") this.#addLabels(node["right"] as Node);
    for (const element of (node["elements"] ?? []) as Node[]) this.#addIf(element, /[A-Za-z]/);
  }

  /** A text below the help: its headings, its paragraphs, and comments behind examples. */
  #addHelp(node: Node): void {
    for (const paragraph of (textOf(node) ?? "").split("\n\n")) {
      const lines = paragraph.split("\n");
      if (!lines.some((line) => line.startsWith("  "))) this.#addText(lines.join(" ").trim(), node);
      else {
        for (const line of lines.filter((each) => each !== "")) {
          const text = line.startsWith("  ") ? /^ {2}\S.*? {2,}(\S.*)$/.exec(line)?.[1] : line;
          if (text !== undefined) this.#addText(text, node);
        }
      }
    }
  }

  #addIf(node: unknown, pattern: RegExp): void {
    const text = isNode(node) ? textOf(node) : undefined;
    if (text !== undefined && pattern.test(text)) this.#addText(text, node as Node);
  }

  #add(text: string, node: Node, isUntagged: boolean): void {
    this.#found.push({ text, place: this.#placeOf(node), isUntagged: isUntagged && this.#isCli });
  }

  #addText(text: string, node: Node): void {
    if (/[A-Za-z]{2}/.test(text)) this.#add(text, node, false);
  }

  #placeOf({ start }: Node): string {
    return `${this.#file}:${this.#source.slice(0, start).split("\n").length}`;
  }
}

/** Whether a value of the syntax tree is a node of it. */
export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as Node).type === "string";
}

/** A string as its own text, a template with numbered placeholders; anything else: undefined. */
export function textOf(node: Node): string | undefined {
  if (node.type === "Literal") return typeof node["value"] === "string" ? node["value"] : undefined;
  if (node.type !== "TemplateLiteral") return undefined;
  const parts = (node["quasis"] as { value: { cooked: string } }[]).map(({ value }) => value.cooked);
  return parts.reduce((text, part, at) => `${text}{${at}}${part}`);
}

/** Words with a blank between them, that are neither SQL nor a command alone. */
function isProse(text: string): boolean {
  const bare = text.replaceAll(/\{\d+\}/g, "\ue000").trim();
  if (SQL.test(bare) && !STATEMENT_HINT.test(bare)) return false;
  return /[a-z]+[,:;)]? (\S* )?["'(]?[a-z\ue000]|\ue000[:;,]? [a-z]{2,}/i.test(
    bare.replaceAll(/ltd-index [^;,)]*|npx? [^;,)]*/g, ""),
  );
}
