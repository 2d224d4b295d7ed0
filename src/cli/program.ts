import { Command } from "commander";
import { packageVersion } from "../package-root.ts";
import { defineAdd } from "./commands/add.ts";
import { defineCalibrate } from "./commands/calibrate.ts";
import { defineCluster } from "./commands/cluster.ts";
import { defineClassify } from "./commands/classify.ts";
import { defineDedupe } from "./commands/dedupe.ts";
import { defineDemo } from "./commands/demo.ts";
import { defineDistillData } from "./commands/distill-data.ts";
import { defineDoctor } from "./commands/doctor.ts";
import { defineEmbed } from "./commands/embed.ts";
import { defineEval } from "./commands/eval.ts";
import { defineExport } from "./commands/export.ts";
import { defineFailed } from "./commands/failed.ts";
import { defineGeneration } from "./commands/generation.ts";
import { defineInit } from "./commands/init.ts";
import { defineMatch } from "./commands/match.ts";
import { defineQuery } from "./commands/query.ts";
import { defineRemove } from "./commands/remove.ts";
import { defineReport } from "./commands/report.ts";
import { defineRetry } from "./commands/retry.ts";
import { defineSql } from "./commands/sql.ts";
import { defineSearch } from "./commands/search.ts";
import { defineStatus } from "./commands/status.ts";
import { defineSync } from "./commands/sync.ts";
import { defineVerify } from "./commands/verify.ts";
import { defineWatch } from "./commands/watch.ts";
import { defineWeights } from "./commands/weights.ts";
import type { Context } from "./context.ts";

/** The command line program. It throws CommanderError and LtdError; it never ends the process. */
export function createProgram(context: Context): Command {
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
  defineDemo(program, context, createProgram);
  const verbs = [
    defineInit,
    defineAdd,
    defineSync,
    defineWatch,
    defineMatch,
    defineExport,
    defineSearch,
    defineCluster,
    defineDedupe,
    defineStatus,
    defineFailed,
    defineRetry,
    defineReport,
    defineVerify,
    defineDoctor,
    defineWeights,
    defineGeneration,
    defineRemove,
    defineCalibrate,
    defineSql,
    defineClassify,
    defineEmbed,
    defineEval,
    defineQuery,
    defineDistillData,
  ];
  for (const define of verbs) define(program, context);
  return program;
}
