import type { Readable, Writable } from "node:stream";
import type { Command } from "commander";
import { readConfig, type Config } from "../config.ts";
import type { Database } from "../db/database.ts";
import { openDatabase } from "../db/connect/open.ts";
import { createEmbedder, type Embedder } from "../embed/embedder.ts";

/** What a verb may touch of the process. */
export interface Context {
  readonly stdin: Readable;
  readonly stdout: Writable & { isTTY?: boolean; columns?: number };
  readonly stderr: Writable & { isTTY?: boolean; columns?: number };
  readonly environment: NodeJS.ProcessEnv;
  /** Aborted by the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  /** An open database that verbs use instead of opening one; they do not close it. */
  readonly database?: Database;
  /** The exit code, 0 unless a verb sets it: 1 failed, 2 usage, 3 a check found something. */
  exitCode: number;
  /** Set by a verb that only ever ends by being stopped: that is no interruption then. */
  stopIsSuccess?: boolean;
}

/** Flags that every verb takes. */
export interface GlobalFlags {
  databaseUrl?: string;
  databaseFolder?: string;
  model?: string;
  threads?: string;
  /** Of the texts that are read; default UTF-8. */
  encoding?: string;
  /** Of the verbs that work on a queue. */
  maxAttempts?: string;
  json?: boolean;
  quiet?: boolean;
  debug?: boolean;
}

/** The verb's own flags together with the global ones. */
export function flagsOf<Flags extends object>(command: Command): Flags & GlobalFlags {
  return command.optsWithGlobals<Flags & GlobalFlags>();
}

/** Settings from the flags, the environment and the file. */
export function configOf(context: Context, flags: GlobalFlags): Config {
  const { databaseUrl, databaseFolder, model, threads, maxAttempts } = flags;
  return readConfig({ databaseUrl, databaseFolder, model, threads, maxAttempts }, context.environment);
}

/**
 * Runs `work` with the database of the settings, and closes it afterwards. An embedded one is made only with `create`.
 */
export async function withDatabase<T>(
  context: Context,
  flags: GlobalFlags,
  work: (database: Database) => Promise<T>,
  { create = false } = {},
): Promise<T> {
  if (context.database) return work(await shown(context, flags, context.database));
  const { databaseUrl, databaseFolder } = configOf(context, flags);
  const database = await openDatabase({ url: databaseUrl, folder: databaseFolder, create });
  try {
    return await work(await shown(context, flags, database));
  } finally {
    await database.close();
  }
}

/**
 * The database; with --debug or LTD_DEBUG=sql, logs every statement to stderr. The SQL can be pasted; values of
 * parameters are left out.
 */
async function shown(context: Context, flags: GlobalFlags, database: Database): Promise<Database> {
  if (!flags.debug && context.environment["LTD_DEBUG"] !== "sql") return database;
  const { traceStatements } = await import("../db/statement/trace.ts");
  return traceStatements(database, ({ sql, parameters, milliseconds, rows, failed }) => {
    const facts = [
      `${milliseconds.toFixed(1)} ms`,
      ...(failed ? ["failed"] : []),
      ...(rows === undefined ? [] : [`${rows} rows`]),
      ...(parameters === 0 ? [] : [`${parameters} parameters`]),
    ];
    context.stderr.write(`-- ${facts.join(", ")}\n${sql.trim()};\n\n`);
  });
}

/** For a verb that needs no database: settings of a database are ignored. */
export function withoutDatabase(context: Context): Context {
  const { DATABASE_URL: _ignored, ...environment } = context.environment;
  return { ...context, environment };
}

/** An embedder as the settings say, for a verb without a database. */
export function embedderOf(context: Context, flags: GlobalFlags): Promise<Embedder> {
  const { model, threads } = configOf(withoutDatabase(context), { model: flags.model, threads: flags.threads });
  return createEmbedder({ ...(model !== undefined && { model }), ...(threads !== undefined && { threads }) });
}
