import type { Command } from "commander";
import { createEmbedderFor } from "../../app/live-index.ts";
import { sync, type SyncProgress, type SyncResult } from "../../app/keep/sync.ts";
import { syncFront } from "../../app/shards/sync.ts";
import type { Database } from "../../db/database.ts";
import { getIndex } from "../../db/indexes/find-index.ts";
import { findFront } from "../../db/indexes/front.ts";
import { listNames } from "../../db/indexes/names.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import type { Embedder } from "../../embed/embedder.ts";
import { LtdError } from "../../errors.ts";
import { configOf, flagsOf, withDatabase, type Context, type GlobalFlags } from "../context.ts";
import { count, duration, say, writeResult } from "../output.ts";
import { createProgress } from "../progress.ts";
import { t, translate } from "../language.ts";

export function defineSync(verb: Command, context: Context): void {
  verb
    .argument("[index...]", "indexes to bring up to date (default: all)")
    .option("--max-attempts <n>", "attempts before a row counts as failed (or LTD_MAX_ATTEMPTS; default: 5)")
    .option("--no-calibrate", "after the first load, do not check the thresholds on questions without an answer")
    .addHelpText(
      "after",
      `
Examples:
  ltd-index sync
  ltd-index sync faq --threads 2
  ltd-index retry faq && ltd-index sync faq
  ltd-index sync faq --json | jq .embedded

Exit code 1 if rows failed or still wait, or if triggers, log or entries are damaged. Ctrl-C finishes the current batch.`,
    )
    .action(async (names: string[], _options: object, command: Command) => {
      const flags = flagsOf<{ calibrate: boolean }>(command);
      let all: readonly string[] = [];
      await withDatabase(context, flags, async (database) => {
        await requireSchema(database);
        all = await listNames(database, names);
        if (all.length === 0) {
          throw new LtdError("index", "there is no index to sync", {
            hint: 'create one: ltd-index add <table> --text "{column}"',
          });
        }
        for (const name of all) {
          const result = await syncOne(context, flags, database, name);
          await writeResult(context, flags, result, render);
          if (result.uncalibrated !== null)
            say(
              context,
              flags,
              t`hint: a time limit of the role ended the check of the thresholds (${translate(result.uncalibrated)}): run ltd-index calibrate ${name}`,
            );
          if (result.failed > 0 || result.problems.length > 0 || (result.pending > 0 && !result.stopped))
            context.exitCode = 1;
          if (context.signal.aborted) break;
        }
      });
      if (!context.signal.aborted)
        say(context, flags, t`next: ltd-index match ${all.length === 1 ? all[0]! : "<index>"} "…"`);
    });
}

async function syncOne(
  context: Context,
  flags: GlobalFlags & { calibrate: boolean },
  database: Database,
  name: string,
): Promise<SyncResult> {
  const { model, threads, maxAttempts } = configOf(context, flags);
  const progress = createProgress(context, flags);
  const options = {
    onProgress: (at: SyncProgress) => progress.update(at),
    signal: context.signal,
    calibrate: flags.calibrate,
    ...(maxAttempts !== undefined && { maxAttempts }),
  };
  const front = await findFront(database, name);
  if (front !== undefined) return syncFront(database, front, { model, threads }, options).finally(() => progress.end());
  const index = await getIndex(database, name);
  let embedder: Embedder | undefined;
  // a model takes half a second to open: a sync with nothing to do needs none. One that is named is checked in any case
  const open = async () => (embedder ??= await createEmbedderFor(database, index, { model, threads }));
  try {
    if (model !== undefined) await open();
    return await sync(database, index, open, options);
  } finally {
    progress.end();
    await embedder?.close();
  }
}

function render(result: SyncResult): string {
  const rows = result.embedded + result.empty;
  const parts = [t`${count(result.embedded)} embedded`];
  if (result.unchanged > 0) parts.push(t`${count(result.unchanged)} unchanged`);
  if (result.deleted > 0) parts.push(t`${count(result.deleted)} deleted`);
  if (result.empty > 0) parts.push(t`${count(result.empty)} empty (no letter or digit, so no vector)`);
  if (result.truncated > 0) parts.push(t`${count(result.truncated)} longer than the model reads (beginning embedded)`);
  if (result.failed > 0) parts.push(t`${count(result.failed)} FAILED (see ltd-index failed)`);
  if (result.pending > 0) parts.push(t`${count(result.pending)} still queued`);
  if (result.classified > 0) parts.push(t`${count(result.classified)} classified`);
  if (result.builtVectorIndex) parts.push(t`vector index built`);
  if (result.calibrated?.answer != null) parts.push(t`thresholds checked: answer from ${result.calibrated.answer}`);
  else if (result.calibrated) parts.push(t`thresholds checked`);
  if (result.uncalibrated !== null) parts.push(t`thresholds NOT checked`);
  if (result.problems.length > 0)
    parts.push(t`WRONG: ${result.problems.map(translate).join(t`; `)} (ltd-index verify ${result.index} --repair)`);
  if (result.stopped) parts.push(t`stopped`);
  const rate = rows > 0 ? t`, ${count(rows / result.seconds)} rows/s` : "";
  return t`${result.index}: ${parts.join(t`, `)}; ${duration(result.seconds)}${rate}`;
}
