import { Command } from "commander";
import { packageVersion } from "../package-root.ts";
import type { Context } from "./context.ts";

/**
 * What defines each verb. Loaded when it is wanted: to load them all can take as long as an answer.
 */
const verbs: Record<string, () => Promise<(program: Command, context: Context) => void>> = {
  demo: async () => {
    const { defineDemo } = await import("./commands/demo.ts");
    return (program, context) => defineDemo(program, context, createProgram);
  },
  init: async () => (await import("./commands/init.ts")).defineInit,
  add: async () => (await import("./commands/add.ts")).defineAdd,
  sync: async () => (await import("./commands/sync.ts")).defineSync,
  watch: async () => (await import("./commands/watch.ts")).defineWatch,
  match: async () => (await import("./commands/match.ts")).defineMatch,
  export: async () => (await import("./commands/export.ts")).defineExport,
  search: async () => (await import("./commands/search.ts")).defineSearch,
  alias: async () => (await import("./commands/alias.ts")).defineAlias,
  cluster: async () => (await import("./commands/cluster.ts")).defineCluster,
  dedupe: async () => (await import("./commands/dedupe.ts")).defineDedupe,
  status: async () => (await import("./commands/status.ts")).defineStatus,
  failed: async () => (await import("./commands/failed.ts")).defineFailed,
  retry: async () => (await import("./commands/retry.ts")).defineRetry,
  report: async () => (await import("./commands/report.ts")).defineReport,
  verify: async () => (await import("./commands/verify.ts")).defineVerify,
  doctor: async () => (await import("./commands/doctor.ts")).defineDoctor,
  weights: async () => (await import("./commands/weights.ts")).defineWeights,
  generation: async () => (await import("./commands/generation.ts")).defineGeneration,
  remove: async () => (await import("./commands/remove.ts")).defineRemove,
  calibrate: async () => (await import("./commands/calibrate.ts")).defineCalibrate,
  sql: async () => (await import("./commands/sql.ts")).defineSql,
  classify: async () => (await import("./commands/classify.ts")).defineClassify,
  tune: async () => (await import("./commands/tune.ts")).defineTune,
  embed: async () => (await import("./commands/embed.ts")).defineEmbed,
  eval: async () => (await import("./commands/eval.ts")).defineEval,
  query: async () => (await import("./commands/query.ts")).defineQuery,
  "distill-data": async () => (await import("./commands/distill-data.ts")).defineDistillData,
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
  const wanted = verb !== undefined && Object.hasOwn(verbs, verb) ? [verbs[verb]!] : Object.values(verbs);
  for (const define of await Promise.all(wanted.map((load) => load()))) define(program, context);
  return program;
}
