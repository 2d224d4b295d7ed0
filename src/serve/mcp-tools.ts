import * as v from "valibot";
import type { Index } from "../app/open/opened.ts";
import type { Database } from "../db/database.ts";
import { LtdError } from "../errors.ts";
import { searchRequest, similarRequest } from "./requests.ts";

/** Settings of {@link McpTools}. */
export interface McpToolOptions {
  /** Opens the database; called once, at the first call of a tool. */
  open: () => Promise<Database>;
  /** Whether the database is closed with the tools; default true. */
  owned?: boolean;
  /** Indexes that may be asked; default: all. */
  names?: readonly string[] | undefined;
  model?: string | undefined;
  threads?: number | undefined;
}

/** A tool as `tools/list` shows it. */
export interface McpTool {
  readonly title: string;
  readonly description: string;
  readonly schema: v.GenericSchema<unknown, object>;
}

const filter = v.optional(
  v.pipe(
    v.record(v.string(), v.unknown()),
    v.description('Only rows that have these values in these columns, as {"category": "支付"}.'),
  ),
);

/** The tools by name. All of them only read. */
export const mcpTools = {
  match: {
    title: "Match a question",
    description:
      "Finds the rows of a Postgres table that mean the same as a short question, Chinese first, and says whether the first one answers it: " +
      "decision is answer, suggest (perhaps one of these) or none (no row means this). Each answer has key, text, row and similarity.",
    schema: v.strictObject({ ...searchRequest.entries, filter }),
  },
  search: {
    title: "Search by meaning and words",
    description:
      "Finds the best rows by meaning and by words together, for names, numbers and several words. It always gives rows and decides nothing.",
    schema: v.strictObject({ ...searchRequest.entries, filter }),
  },
  similar: {
    title: "Rows like a row",
    description: "Finds the rows that mean nearly the same as a row, by its key.",
    schema: similarRequest,
  },
  status: {
    title: "Indexes",
    description: "Lists the indexes: name, table, model, and how many rows are indexed, wait or have failed.",
    schema: v.strictObject({}),
  },
} as const satisfies Record<string, McpTool>;

/** Name of a tool. */
export type McpToolName = keyof typeof mcpTools;

/**
 * Calls the tools. The database is opened at the first call, a model at the first question of an index; what they need
 * is loaded then, too: until then a process is small.
 */
export class McpTools {
  readonly #options: McpToolOptions;
  readonly #indexes = new Map<string, Promise<Index>>();
  #database: Promise<Database> | undefined;

  constructor(options: McpToolOptions) {
    this.#options = options;
  }

  /**
   * What a tool gives.
   *
   * @param given the arguments, as the caller sent them
   * @throws {LtdError} usage: wrong arguments; index, input, database: as the library
   */
  async call(name: McpToolName, given: unknown, signal: AbortSignal): Promise<object> {
    switch (name) {
      case "match": {
        const { index, question, limit, filter: of } = parse(mcpTools.match.schema, given);
        return (await this.#index(index)).match(question, { ...limitOf(limit), ...(of && { filter: of }), signal });
      }
      case "search": {
        const { index, question, limit, filter: of } = parse(mcpTools.search.schema, given);
        return (await this.#index(index)).search(question, { ...limitOf(limit), ...(of && { filter: of }), signal });
      }
      case "similar": {
        const { index, key, limit } = parse(mcpTools.similar.schema, given);
        const database = await this.#open();
        const name = await this.#name(index);
        const { findFront } = await import("../db/indexes/front.ts");
        if ((await findFront(database, name)) !== undefined)
          return { rows: await (await this.#index(name)).similar(key, { ...limitOf(limit), signal }) };
        // of one index it needs no model
        const { getIndex } = await import("../db/indexes/find-index.ts");
        const { similar } = await import("../app/ask/similar.ts");
        const record = await getIndex(database, name);
        return { rows: await similar(database, record, key, { ...limitOf(limit), signal }) };
      }
      case "status": {
        parse(mcpTools.status.schema, given);
        const { names } = this.#options;
        const { status } = await import("../app/shards/status.ts");
        const all = await status(await this.#open());
        return { indexes: all.filter(({ index }) => isNamed(names, index)) };
      }
    }
  }

  /** Waits for nothing: the calls under way are to be aborted before. */
  async close(): Promise<void> {
    for (const index of this.#indexes.values()) await (await index.catch(() => undefined))?.close();
    if (this.#options.owned !== false) await (await this.#database?.catch(() => undefined))?.close();
  }

  #open(): Promise<Database> {
    const opening = (this.#database ??= this.#openChecked());
    // a server that is away now may be there at the next call
    opening.catch(() => (this.#database = undefined));
    return opening;
  }

  async #openChecked(): Promise<Database> {
    const database = await this.#options.open();
    const { requireSchema } = await import("../db/schema/migrate.ts");
    try {
      await requireSchema(database);
      return database;
    } catch (error) {
      if (this.#options.owned !== false) await database.close();
      throw error;
    }
  }

  async #index(given: string | undefined): Promise<Index> {
    const name = await this.#name(given);
    const { model, threads } = this.#options;
    const settings = { ...(model !== undefined && { model }), ...(threads !== undefined && { threads }) };
    const database = await this.#open();
    const { openIndex } = await import("../app/open/open-index.ts");
    const opening = this.#indexes.get(name) ?? openIndex({ index: name, database, ...settings });
    this.#indexes.set(name, opening);
    opening.catch(() => this.#indexes.delete(name));
    return opening;
  }

  /** The index that is meant: the one named, or the only one. */
  async #name(given: string | undefined): Promise<string> {
    const { names } = this.#options;
    const { listNames } = await import("../db/indexes/names.ts");
    const all = (await listNames(await this.#open())).filter((name) => isNamed(names, name));
    const hint = all.length === 0 ? "ltd-index add <table> makes one" : `index is one of: ${all.join(", ")}`;
    if (given === undefined) {
      if (all.length === 1) return all[0]!;
      throw new LtdError("usage", `index is missing, and there are ${all.length}`, { hint });
    }
    if (all.includes(given)) return given;
    throw new LtdError("index", `there is no index ${JSON.stringify(given)}`, { hint });
  }
}

function isNamed(names: readonly string[] | undefined, name: string): boolean {
  return names === undefined || names.length === 0 || names.includes(name);
}

function limitOf(limit: number | undefined): { limit?: number } {
  return limit === undefined ? {} : { limit };
}

function parse<Schema extends v.GenericSchema>(schema: Schema, given: unknown): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, given ?? {});
  if (parsed.success) return parsed.output;
  const problems = parsed.issues.map((issue) => `${v.getDotPath(issue) ?? "arguments"}: ${issue.message}`);
  throw new LtdError("usage", problems.join("; "), { hint: "tools/list has the schema of each tool" });
}
