import type { Command } from "commander";
import { buildGeneration, rollbackGeneration, switchGeneration } from "../../app/operate/generation-shards.ts";
import { dropGeneration, type GenerationOptions, type GenerationResult } from "../../app/operate/generation.ts";
import { listGenerations, type GenerationStatus } from "../../app/operate/list-generations.ts";
import { waitingRows } from "../../app/behind.ts";
import type { Database } from "../../db/database.ts";
import { loadModel } from "../../embed/model-package.ts";
import { LtdError } from "../../errors.ts";
import { configOf, flagsOf, withDatabase, type Context, type GlobalFlags } from "../context.ts";
import { numberBetween } from "../flag-number.ts";
import { readGoldenQuestions } from "./check.ts";
import { count, duration, renderPairs, say, writeResult } from "../output.ts";
import { createProgress } from "../progress.ts";
import { t, translate } from "../language.ts";

type Work = (database: Database, options: GenerationOptions) => Promise<GenerationResult>;

export function defineGeneration(verb: Command, context: Context): void {
  verb.addHelpText(
    "after",
    `
Examples:
  ltd-index generation list faq
  ltd-index generation build faq --model our-faq-2
  ltd-index generation switch faq
  ltd-index generation rollback faq
  ltd-index generation drop faq 1`,
  );

  defineList(verb, context);
  defineBuild(verb, context);
  defineSwitch(verb, context);
  defineRollback(verb, context);
  defineDrop(verb, context);
}

function defineList(verb: Command, context: Context): void {
  verb
    .command("list")
    .argument("<index>")
    .description("List the generations of an index: what each holds, and what it has not processed yet.")
    .action(async (name: string, _options: object, command: Command) => {
      const flags = flagsOf(command);
      const generations = await withDatabase(context, flags, (database) => listGenerations(database, name));
      await writeResult(context, flags, generations, (all) => all.map(renderStatus).join("\n\n"));
    });
}

function defineBuild(verb: Command, context: Context): void {
  verb
    .command("build")
    .argument("<index>")
    .description("Build a generation with --model beside the live one. Continues an interrupted run.")
    .action(async (name: string, _options: object, command: Command) => {
      const model = await loadModel(configOf(context, flagsOf(command)).model);
      await runOnGeneration(context, command, (database, options) => buildGeneration(database, name, model, options));
      say(context, flagsOf(command), t`next: ltd-index generation switch ${name}`);
    });
}

function defineSwitch(verb: Command, context: Context): void {
  verb
    .command("switch")
    .argument("<index>")
    .option("--check <file>", "golden questions: refuse if they get worse (see ltd-index check)")
    .option("--allow <share>", "how much a share of them may drop", "0.01")
    .description("Bring the generation that was built up to date and make it live, atomically; the former one is kept.")
    .addHelpText(
      "after",
      "\nExamples:\n  ltd-index generation switch faq\n  ltd-index generation switch faq --check golden.csv",
    )
    .action(async (name: string, _options: object, command: Command) => {
      const flags = flagsOf<{ check?: string; allow: string }>(command);
      const allow = numberBetween("--allow", flags.allow, 0, 1);
      const questions = flags.check === undefined ? undefined : await readGoldenQuestions(flags.check, flags);
      await runOnGeneration(context, command, (database, options) =>
        switchGeneration(database, name, { ...options, ...(questions && { check: { questions, allow } }) }),
      );
    });
}

function defineRollback(verb: Command, context: Context): void {
  verb
    .command("rollback")
    .argument("<index>")
    .description("Bring the former generation up to date and make it live again.")
    .action((name: string, _options: object, command: Command) =>
      runOnGeneration(context, command, (database, options) => rollbackGeneration(database, name, options)),
    );
}

function defineDrop(verb: Command, context: Context): void {
  verb
    .command("drop")
    .argument("<index>")
    .argument("<generation>", "its number")
    .description("Drop a generation that is not live: its triggers, entries and queue.")
    .action(async (name: string, written: string, _options: object, command: Command) => {
      const flags = flagsOf(command);
      const generation = Number(written);
      if (!Number.isInteger(generation)) {
        throw new LtdError("usage", `${written} is not the number of a generation`, {
          hint: `see ltd-index generation list ${name}`,
        });
      }
      await withDatabase(context, flags, (database) => dropGeneration(database, name, generation));
      await writeResult(
        context,
        flags,
        { index: name, dropped: generation },
        () => t`dropped generation ${generation} of ${name}`,
      );
    });
}

/** Runs what works on a generation, and says what came of it. */
async function runOnGeneration(context: Context, command: Command, run: Work): Promise<void> {
  const flags = flagsOf(command);
  const result = await withGenerationOptions(context, flags, run);
  await writeResult(context, flags, result, render);
  if (result.sync.failed > 0) context.exitCode = 1;
}

/** Runs what works on a generation, with model, threads, progress and Ctrl-C. */
export async function withGenerationOptions<T>(
  context: Context,
  flags: GlobalFlags,
  run: (database: Database, options: GenerationOptions) => Promise<T>,
): Promise<T> {
  const { model, threads } = configOf(context, flags);
  return withDatabase(context, flags, async (database) => {
    const progress = createProgress(context, flags);
    try {
      return await run(database, { model, threads, signal: context.signal, onProgress: (at) => progress.update(at) });
    } finally {
      progress.end();
    }
  });
}

function render({ index, generation, state, model, sync }: GenerationResult): string {
  const { embedded, empty, unchanged, failed, stopped, seconds } = sync;
  const parts = [t`${count(embedded + empty)} rows embedded`];
  if (unchanged > 0) parts.push(t`${count(unchanged)} unchanged`);
  if (failed > 0) parts.push(t`${count(failed)} FAILED (run it again to retry them)`);
  if (stopped) parts.push(t`stopped`);
  return t`${index}: generation ${generation} (${model}) is ${translate(state)}; ${parts.join(t`, `)}; ${duration(seconds)}`;
}

function renderStatus(status: GenerationStatus): string {
  const { index, generation, state, model, weights, entries, indexed, failed, vectorIndex, createdAt } = status;
  return renderPairs({
    // of a front: faq/a
    index: index.includes("/") ? index : null,
    generation: `${generation} (${translate(state)})`,
    model: weights === 0 ? model : t`${model}, ${count(weights)} words with other weights`,
    entries: t`${count(entries)}, ${count(indexed)} with a vector`,
    "not processed yet": t`${count(waitingRows(status))} rows`,
    failed: failed > 0 ? count(failed) : null,
    "vector index": translate(vectorIndex),
    created: createdAt.toISOString(),
  });
}
