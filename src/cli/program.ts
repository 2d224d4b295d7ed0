import { Command } from "commander";
import { packageVersion } from "../package-root.ts";
import type { Context } from "./context.ts";

/** What defines a verb. */
type Define = (program: Command, context: Context) => void;

/**
 * The verbs by what they are for, in the order of the help. Each is loaded when it is wanted: to load them all can take as long as an
 * answer.
 */
const groups: Record<string, Record<string, () => Promise<Define>>> = {
  "Keep an index:": {
    init: async () => (await import("./commands/init.ts")).defineInit,
    add: async () => (await import("./commands/add.ts")).defineAdd,
    sync: async () => (await import("./commands/sync.ts")).defineSync,
    watch: async () => (await import("./commands/watch.ts")).defineWatch,
    remove: async () => (await import("./commands/remove.ts")).defineRemove,
  },
  "Ask it:": {
    match: async () => (await import("./commands/match.ts")).defineMatch,
    search: async () => (await import("./commands/search.ts")).defineSearch,
    alias: async () => (await import("./commands/alias.ts")).defineAlias,
    sql: async () => (await import("./commands/sql.ts")).defineSql,
    export: async () => (await import("./commands/export.ts")).defineExport,
    embed: async () => (await import("./commands/embed.ts")).defineEmbed,
  },
  "Understand and judge:": {
    cluster: async () => (await import("./commands/cluster.ts")).defineCluster,
    dedupe: async () => (await import("./commands/dedupe.ts")).defineDedupe,
    classify: async () => (await import("./commands/classify.ts")).defineClassify,
    report: async () => (await import("./commands/report.ts")).defineReport,
    calibrate: async () => (await import("./commands/calibrate.ts")).defineCalibrate,
    eval: async () => (await import("./commands/eval.ts")).defineEval,
    tune: async () => (await import("./commands/tune.ts")).defineTune,
  },
  "Operate:": {
    status: async () => (await import("./commands/status.ts")).defineStatus,
    failed: async () => (await import("./commands/failed.ts")).defineFailed,
    retry: async () => (await import("./commands/retry.ts")).defineRetry,
    verify: async () => (await import("./commands/verify.ts")).defineVerify,
    doctor: async () => (await import("./commands/doctor.ts")).defineDoctor,
    weights: async () => (await import("./commands/weights.ts")).defineWeights,
    generation: async () => (await import("./commands/generation.ts")).defineGeneration,
    query: async () => (await import("./commands/query.ts")).defineQuery,
    demo: async () => {
      const { defineDemo } = await import("./commands/demo.ts");
      return (program, context) => defineDemo(program, context, createProgram);
    },
  },
  "Train a student:": {
    "distill-data": async () => (await import("./commands/distill-data.ts")).defineDistillData,
  },
};

/**
 * The command line program, with all verbs, or the one that is named. It throws CommanderError and LtdError; it never ends the process.
 */
export async function createProgram(context: Context, verb?: string): Promise<Command> {
  const program = new Command("ltd-index")
    .description("The semantic index for Chinese short text in Postgres.")
    .version(packageVersion())
    .option("--database-url <url>", "server to use (or DATABASE_URL); without one, the embedded database")
    .option("--database-folder <folder>", "folder of the embedded database (or LTD_DATABASE_FOLDER; default: .ltd/db)")
    .option("--model <model>", "bundled model, or a model folder (or LTD_MODEL)")
    .option("--threads <n>", "threads that embed (or LTD_THREADS; default: the cores, 4 at most)")
    .option("--json", "print the result as JSON")
    .option("--quiet", "print nothing but the result and errors")
    .option("--debug", "print the stack of an error")
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: (text) => context.stdout.write(text), writeErr: (text) => context.stderr.write(text) })
    .exitOverride()
    .addHelpText(
      "after",
      `
Examples:
  ltd-index demo                                        everything in one minute, on an embedded database
  ltd-index init && ltd-index add faq && ltd-index sync
  ltd-index match faq 怎么退款`,
    );
  const all = Object.entries(groups).flatMap(([heading, verbs]) =>
    Object.entries(verbs).map(([name, load]) => ({ heading, name, load })),
  );
  const named = all.filter(({ name }) => name === verb);
  const wanted = named.length > 0 ? named : all;
  const loaded = await Promise.all(wanted.map(({ load }) => load()));
  loaded.forEach((define, at) => define(program.commandsGroup(wanted[at]!.heading), context));
  program.commandsGroup("Help:").helpCommand("help [verb]", "Show the flags and examples of a verb.");
  return program;
}
