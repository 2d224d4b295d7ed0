import { sha256 } from "../../checksum.ts";
import type { Statement } from "../database.ts";
import { driverTypes } from "./driver-types.ts";
import { pg } from "./driver.ts";
import { parameterText } from "./parameter-text.ts";

/** A statement, and the name that it has on the connection; "" for one that is not kept. */
interface NamedStatement extends Statement {
  readonly name: string;
  /** Whether the connection has it already. */
  readonly isKept: boolean;
}

/**
 * Several statements that are sent in one piece. They are one transaction: Postgres commits at the Sync that ends them,
 * and passes over what follows an error. Source: PostgreSQL, Frontend/Backend Protocol, Pipelining.
 *
 * It overrides what the driver does not document: package.json names one version of pg, and the suites of the server
 * run pipelines on it.
 */
class Pipeline extends pg.Query {
  readonly #statements: readonly NamedStatement[];
  readonly #forgotten: readonly string[];

  constructor(statements: readonly NamedStatement[], forgotten: readonly string[]) {
    super({ text: "", values: [], types: driverTypes });
    this.#statements = statements;
    this.#forgotten = forgotten;
  }

  override readonly submit = (connection: pg.Connection): void => {
    connection.stream.cork();
    for (const name of this.#forgotten) connection.close({ type: "S", name }, true);
    for (const { name, isKept, text, parameters = [] } of this.#statements) {
      if (!isKept) {
        // one that failed may have left its name behind; closing one that is not there is no error
        if (name !== "") connection.close({ type: "S", name }, true);
        connection.parse({ name, text, types: [] }, true);
      }
      connection.bind({ statement: name, values: parameters.map(parameterText) }, true);
      connection.describe({ type: "P" }, true);
      connection.execute({}, true);
    }
    connection.sync();
    connection.stream.uncork();
  };
}

/** Whether the connections of a database keep statements. A pooler between may give each transaction another one. */
export interface Keeping {
  isOn: boolean;
}

/** Statements that one connection keeps at most: each takes memory of the server. */
const KEPT_STATEMENTS = 50;
/**
 * The names of what a connection keeps, the one used last at the end. False: not certain, as some of a piece that
 * failed may have been parsed.
 */
const keptBy = new WeakMap<pg.Client, Map<string, boolean>>();
const names = new Map<string, string>();

/**
 * Sends statements in one piece; returns the rows of each. Those that are frequent the connection keeps under a name,
 * so that Postgres parses and plans them once. Where it turns out that it has not kept them, they are sent again as
 * others are.
 */
export async function sendPipeline(
  client: pg.Client,
  statements: readonly Statement[],
  keeping: Keeping,
): Promise<object[][]> {
  const mayKeep = keeping.isOn && statements.some(({ isFrequent }) => isFrequent);
  if (!mayKeep) return send(client, statements.map(unkept), []);
  const kept = keptBy.get(client) ?? new Map<string, boolean>();
  keptBy.set(client, kept);
  const named = statements.map((statement) => {
    const name = statement.isFrequent ? nameOf(statement.text) : "";
    return { ...statement, name, isKept: kept.get(name) === true };
  });
  const used = named.flatMap(({ name }) => (name === "" ? [] : [name]));
  for (const name of used) {
    kept.delete(name);
    kept.set(name, false);
  }
  const forgotten = [...kept.keys()].slice(0, Math.max(0, kept.size - KEPT_STATEMENTS));
  for (const name of forgotten) kept.delete(name);
  try {
    const results = await send(client, named, forgotten);
    for (const name of used) kept.set(name, true);
    return results;
  } catch (error) {
    const state = (error as { readonly code?: unknown }).code;
    if (typeof state !== "string" || !LOST.has(state)) throw error;
    if (state !== CHANGED) keeping.isOn = false;
    return send(client, statements.map(unkept), []);
  }
}

/** Of a statement that is kept and has other columns now: a plan that is too old. */
const CHANGED = "0A000";
/** There is no statement of this name, or there is one already. */
const LOST = new Set([CHANGED, "26000", "42P05"]);

function unkept(statement: Statement): NamedStatement {
  return { ...statement, name: "", isKept: false };
}

/** The same for the same text in all processes: poolers share what they keep. */
function nameOf(text: string): string {
  let name = names.get(text);
  if (name === undefined) {
    if (names.size >= 1_000) names.clear();
    name = `ltd_${sha256(text).slice(0, 24)}`;
    names.set(text, name);
  }
  return name;
}

async function send(
  client: pg.Client,
  statements: readonly NamedStatement[],
  forgotten: readonly string[],
): Promise<object[][]> {
  const results = await new Promise<pg.QueryResult<object> | pg.QueryResult<object>[]>((resolve, reject) => {
    client.query(new Pipeline(statements, forgotten)).on("end", resolve).on("error", reject);
  });
  return [results].flat().map(({ rows }) => rows);
}
