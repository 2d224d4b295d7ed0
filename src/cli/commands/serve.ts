import { once } from "node:events";
import type { Command } from "commander";
import type { WatchEvent } from "../../app/keep/watch.ts";
import { watch } from "../../app/shards/watch.ts";
import type { Database } from "../../db/database.ts";
import { serve } from "../../serve/server.ts";
import type { Config } from "../../config.ts";
import { configOf, flagsOf, withDatabase, type Context } from "../context.ts";
import { wholeNumber } from "../flag-number.ts";
import { say, writeLine } from "../output.ts";
import { t, translate } from "../language.ts";
import { tokenOf } from "../token.ts";

interface ServeFlags {
  host: string;
  port: string;
  tokenFile?: string;
  watch?: boolean;
  curate?: boolean;
  maxRequests: string;
  maxBody: string;
}

export function defineServe(verb: Command, context: Context): void {
  verb
    .argument("[index...]", "indexes to serve (default: all)")
    .option("--host <address>", "address to listen on; any but this machine's own needs a token", "127.0.0.1")
    .option("--port <n>", "port, 0 for a free one", "8080")
    .option("--token-file <file>", "file with the token that callers must send (or LTD_TOKEN)")
    .option("--watch", "also keep the indexes up to date, as `ltd-index watch` does")
    .option("--curate", "callers may read the question log and accept wordings; adds a tab to the page")
    .option("--max-requests <n>", "requests that run at once; more are refused with 503", "256")
    .option("--max-body <bytes>", "bytes of a request; more are refused with 413", "1048576")
    .addHelpText(
      "after",
      `
Examples:
  ltd-index serve
  ltd-index serve faq --port 9000 --watch
  ltd-index serve faq --curate --watch
  ltd-index serve --host 0.0.0.0 --token-file /run/secrets/token
  curl -s localhost:8080/v1/match -H 'content-type: application/json' -d '{"question": "怎么退款"}'

Open http://localhost:8080 for a page to try questions on; /openapi.json describes all routes, /metrics is for Prometheus. SIGTERM or Ctrl-C finishes
running requests and exits with 0.`,
    )
    .action(async (names: string[], _options: object, command: Command) => {
      const flags = flagsOf<ServeFlags>(command);
      const config = configOf(context, flags);
      const token = await tokenOf(context, flags);
      await withDatabase(context, flags, (database) => run(context, flags, config, database, names, token));
      context.stopIsSuccess = true;
    });
}

async function run(
  context: Context,
  flags: ServeFlags & { json?: boolean; quiet?: boolean },
  { model, threads, maxAttempts }: Config,
  database: Database,
  names: readonly string[],
  token: string | undefined,
): Promise<void> {
  const serving = await serve(database, {
    names,
    host: flags.host,
    port: wholeNumber("--port", flags.port, 0, 65_535),
    token,
    mostAtOnce: wholeNumber("--max-requests", flags.maxRequests, 1, 10_000),
    mostBytes: wholeNumber("--max-body", flags.maxBody, 1024, 64 * 2 ** 20),
    curate: flags.curate === true,
    model,
    threads,
  });
  try {
    const { url, indexes } = serving;
    if (flags.json) await writeLine(context, JSON.stringify({ url, indexes }));
    else say(context, flags, t`serving ${indexes.join(", ")} at ${url}`);
    const stopped = context.signal.aborted ? Promise.resolve() : once(context.signal, "abort");
    if (flags.watch !== true) await stopped;
    else {
      const onEvent = (event: WatchEvent) => {
        if (event.event === "trouble") say(context, flags, translate(event.error.message));
      };
      const attempts = maxAttempts === undefined ? {} : { maxAttempts };
      await watch(database, { names: indexes, model, threads, onEvent, signal: context.signal, ...attempts });
    }
  } finally {
    await serving.close();
  }
}
