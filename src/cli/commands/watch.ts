import type { Command } from "commander";
import type { WatchEvent } from "../../app/keep/watch.ts";
import { watch } from "../../app/shards/watch.ts";
import { LtdError } from "../../errors.ts";
import { configOf, flagsOf, withDatabase, type Context } from "../context.ts";
import { count, duration, say, writeLine } from "../output.ts";
import { renderBuild } from "../progress.ts";
import { t, translate } from "../language.ts";

export function defineWatch(verb: Command, context: Context): void {
  verb
    .argument("[index...]", "indexes to keep up to date (default: all, also those added later)")
    .option("--poll <seconds>", "poll the queue this often where NOTIFY does not arrive, 0.1 to 3600", "5")
    .option("--max-attempts <n>", "attempts before a row counts as failed (or LTD_MAX_ATTEMPTS; default: 5)")
    .addHelpText(
      "after",
      `
Examples:
  ltd-index watch
  ltd-index watch faq ticket --threads 2
  ltd-index watch --poll 1 --json >> watch.jsonl

SIGTERM or Ctrl-C finishes the current batch, releases the rest and exits with 0. It waits for a server that restarts.`,
    )
    .action(async (names: string[], _options: object, command: Command) => {
      const flags = flagsOf<{ poll: string }>(command);
      const poll = Number(flags.poll);
      if (!(poll >= 0.1 && poll <= 3600)) {
        throw new LtdError("usage", `--poll is ${flags.poll}, but must be seconds from 0.1 to 3600`);
      }
      const { model, threads, maxAttempts } = configOf(context, flags);
      let written = Promise.resolve();
      const onEvent = (event: WatchEvent) => {
        if (flags.json) written = written.then(() => writeLine(context, JSON.stringify(event, asPlain)));
        else say(context, flags, ...render(event));
      };
      await withDatabase(context, flags, (database) =>
        watch(database, {
          names,
          ...(maxAttempts !== undefined && { maxAttempts }),
          pollMs: poll * 1000,
          model,
          threads,
          onEvent,
          signal: context.signal,
        }),
      );
      await written;
      context.stopIsSuccess = true;
    });
}

/** An error as what a program wants to know of it. */
function asPlain(_name: string, value: unknown): unknown {
  return value instanceof LtdError ? { code: value.code, message: value.message, hint: value.hint } : value;
}

function render(event: WatchEvent): string[] {
  switch (event.event) {
    case "ready":
      return [t`watching ${event.indexes.join(", ") || t`for indexes to come`}`];
    case "synced": {
      const { index, embedded, empty, unchanged, deleted, errors, seconds } = event;
      const parts = Object.entries({ embedded, empty, unchanged, deleted, errors }).filter(([, rows]) => rows > 0);
      return [
        t`${index}: ${parts.map(([name, rows]) => `${count(rows)} ${translate(name)}`).join(t`, `) || t`superseded`}; ${duration(seconds)}`,
      ];
    }
    case "build":
      return [`${event.index}: ${renderBuild(event)}`];
    case "recovered":
      return [t`${event.index ?? t`the database`}: recovered`];
    case "trouble": {
      const { index, error, retryMs } = event;
      return [
        t`${index === null ? "" : `${index}: `}${translate(error.message)}; next try in ${duration(retryMs / 1000)}`,
        ...(error.hint === undefined ? [] : [t`hint: ${translate(error.hint)}`]),
      ];
    }
  }
}
