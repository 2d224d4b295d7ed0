import assert from "node:assert/strict";
import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import type { Context } from "../../src/cli/context.ts";
import { run } from "../../src/cli/run.ts";
import type { Database } from "../../src/db/database.ts";

/** What a command line gave. */
export interface CliResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs one command line in this process, as main.ts does, with its own streams. `target`: a URL, or a folder. */
export async function runCli(
  args: readonly string[],
  options: {
    target?: string;
    /** Open already, instead of a target. */
    database?: Database;
    stdin?: string | Uint8Array;
    environment?: NodeJS.ProcessEnv;
    signal?: AbortSignal;
    /** Stops it when a piece of its output fits. */
    stopAt?: RegExp;
    /** The places of a line: standard input, output and error are a terminal. */
    columns?: number;
  } = {},
): Promise<CliResult> {
  const { target, database, stdin = "", environment = {}, stopAt, columns } = options;
  const stop = new AbortController();
  const signal = options.signal ?? stop.signal;
  const terminal = columns === undefined ? {} : { isTTY: true, columns };
  const stdout = Object.assign(new PassThrough(), terminal);
  const stderr = Object.assign(new PassThrough(), terminal);
  if (stopAt !== undefined)
    stdout.on("data", (piece: Buffer) => {
      if (stopAt.test(piece.toString())) stop.abort();
    });
  const output = Promise.all([text(stdout), text(stderr)]);
  const context: Context = {
    stdin: Object.assign(Readable.from([stdin]), terminal),
    stdout,
    stderr,
    environment: {
      ...(target !== undefined && { [target.startsWith("postgres") ? "DATABASE_URL" : "LTD_DATABASE_FOLDER"]: target }),
      ...environment,
    },
    signal,
    ...(database && { database }),
    exitCode: 0,
  };
  const code = await run(context, args);
  stdout.end();
  stderr.end();
  const [out, err] = await output;
  return { code, stdout: out, stderr: err };
}

/** Command lines for one database, which `database` gives once it is there; one thread embeds. */
export function cliOf(database: () => Database) {
  const ltd = (...args: string[]): Promise<CliResult> => runCli([...args, "--threads", "1"], { database: database() });
  /** Standard output of one that has to succeed. */
  const ok = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await ltd(...args);
    assert.equal(code, 0, `${args.join(" ")}: ${stderr}`);
    return stdout;
  };
  const json = async <T>(...args: string[]) => JSON.parse(await ok(...args, "--json")) as T;
  return { ltd, ok, json };
}
