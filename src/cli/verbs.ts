import type { Command } from "commander";
import type { Context } from "./context.ts";

/** Gives a verb its arguments, flags, help and action; `createProgram` is for a verb that runs others. */
export type Define = (verb: Command, context: Context, createProgram: (context: Context) => Command) => void;

/** A verb as the overview of all verbs shows it. Its file, and what that imports, is loaded when the verb is named. */
export interface Verb {
  readonly description: string;
  readonly load: () => Promise<Define>;
}

/** The verbs by purpose, in the order of the help. */
export const verbGroups: Readonly<Record<string, Readonly<Record<string, Verb>>>> = {
  "Keep an index:": {
    init: {
      description: "Prepare the database: pgvector, the schema ltd, the model and its word table. Safe to repeat.",
      load: async () => (await import("./commands/init.ts")).defineInit,
    },
    add: {
      description: "Create an index on a table: its rows are queued now, and every change from now on.",
      load: async () => (await import("./commands/add.ts")).defineAdd,
    },
    sync: {
      description: "Embed everything that changed since the last run. Safe to run at any time.",
      load: async () => (await import("./commands/sync.ts")).defineSync,
    },
    watch: {
      description: "Embed changes as they come, until stopped. Several processes can watch one server.",
      load: async () => (await import("./commands/watch.ts")).defineWatch,
    },
    remove: {
      description: "Remove an index: its triggers, entries and queue. The table is untouched.",
      load: async () => (await import("./commands/remove.ts")).defineRemove,
    },
  },
  "Ask it:": {
    match: {
      description: "Find the rows that mean the same as a question, and say whether the first is an answer.",
      load: async () => (await import("./commands/match.ts")).defineMatch,
    },
    search: {
      description: "Find the best rows by meaning and by words together.",
      load: async () => (await import("./commands/search.ts")).defineSearch,
    },
    alias: {
      description: "Aliases of rows: a question that equals an alias returns its row first, as an answer.",
      load: async () => (await import("./commands/alias.ts")).defineAlias,
    },
    sql: {
      description: "Functions in the database: ltd.embed, ltd.match and ltd.search for any SQL client.",
      load: async () => (await import("./commands/sql.ts")).defineSql,
    },
    extension: {
      description: "Write the files of the extension ltd_index, for a PostgreSQL server of your own.",
      load: async () => (await import("./commands/extension.ts")).defineExtension,
    },
    export: {
      description: "Write an index into a file that answers without a database, or bring the file up to date.",
      load: async () => (await import("./commands/export.ts")).defineExport,
    },
    embed: {
      description: "Turn texts into unit vectors: JSON lines, or a NumPy array. Needs no database.",
      load: async () => (await import("./commands/embed.ts")).defineEmbed,
    },
    serve: {
      description: "Answer over HTTP: JSON, an OpenAI-compatible route for vectors, metrics, and a page to try it on.",
      load: async () => (await import("./commands/serve.ts")).defineServe,
    },
    mcp: {
      description: "Answer assistants over the Model Context Protocol: standard input and output, or HTTP. Only reads.",
      load: async () => (await import("./commands/mcp.ts")).defineMcp,
    },
  },
  "Understand and judge:": {
    cluster: {
      description: "Group rows by meaning, and show words and rows that say what each group is about.",
      load: async () => (await import("./commands/cluster.ts")).defineCluster,
    },
    dedupe: {
      description: "Find groups of rows that say nearly the same, and pick one row of each to keep.",
      load: async () => (await import("./commands/dedupe.ts")).defineDedupe,
    },
    classify: {
      description: "Train a classifier from a few examples and label every row.",
      load: async () => (await import("./commands/classify.ts")).defineClassify,
    },
    report: {
      description:
        "Write one HTML file: a map of the rows, clusters, duplicates, thresholds, unanswered questions, sync.",
      load: async () => (await import("./commands/report.ts")).defineReport,
    },
    calibrate: {
      description: "Find and store the thresholds of answer and suggest that keep a precision.",
      load: async () => (await import("./commands/calibrate.ts")).defineCalibrate,
    },
    eval: {
      description: "Measure a model on labelled data, beside controls without training. Needs no database.",
      load: async () => (await import("./commands/eval.ts")).defineEval,
    },
    tune: {
      description: "Fit the vectors to labelled pairs, and write a new model package.",
      load: async () => (await import("./commands/tune.ts")).defineTune,
    },
  },
  "Learn from questions:": {
    log: {
      description: "Log what people ask, off by default: on, off, status, clear.",
      load: async () => (await import("./commands/log.ts")).defineLog,
    },
    gaps: {
      description: "Show groups of questions without an answer, the most asked first, with the rows nearest to them.",
      load: async () => (await import("./commands/gaps.ts")).defineGaps,
    },
    accept: {
      description: "Make questions aliases of a row, or the draft of a new one.",
      load: async () => (await import("./commands/accept.ts")).defineAccept,
    },
    reject: {
      description: "Keep a row from answering a question, or dismiss a question that no row should answer.",
      load: async () => (await import("./commands/accept.ts")).defineReject,
    },
    undo: {
      description: "Undo an accept or reject: remove exactly what it added.",
      load: async () => (await import("./commands/accept.ts")).defineUndo,
    },
    check: {
      description: "Ask golden questions, and compare with the answers before a change. Exit code 3 if they got worse.",
      load: async () => (await import("./commands/check.ts")).defineCheck,
    },
    journal: {
      description: "Show who accepted and rejected what; print drafts, or labels for calibrate and tune.",
      load: async () => (await import("./commands/journal.ts")).defineJournal,
    },
  },
  "Operate:": {
    status: {
      description: "Show what each index holds and what waits, counted exactly.",
      load: async () => (await import("./commands/status.ts")).defineStatus,
    },
    failed: {
      description: "Show the rows that failed too often, each with its last error.",
      load: async () => (await import("./commands/failed.ts")).defineFailed,
    },
    retry: {
      description: "Queue the rows that failed too often again, with a new series of attempts.",
      load: async () => (await import("./commands/retry.ts")).defineRetry,
    },
    verify: {
      description:
        "Compare every entry with its row, and check triggers and the vector index. Queued rows are not wrong.",
      load: async () => (await import("./commands/verify.ts")).defineVerify,
    },
    grant: {
      description: "Print the SQL that lets a role ask one index, or curate it.",
      load: async () => (await import("./commands/grant.ts")).defineGrant,
    },
    doctor: {
      description: "Check server, pgvector, schema, model, privileges, memory and every index, and say what to do.",
      load: async () => (await import("./commands/doctor.ts")).defineDoctor,
    },
    weights: {
      description: "Set how much words count in an index. Only the rows that have them are embedded again.",
      load: async () => (await import("./commands/weights.ts")).defineWeights,
    },
    generation: {
      description: "Build the index with another model beside the live one, then switch atomically.",
      load: async () => (await import("./commands/generation.ts")).defineGeneration,
    },
    shard: {
      description: "Declare an index that is split over several servers, and compare its shards: add, list, verify.",
      load: async () => (await import("./commands/shard.ts")).defineShard,
    },
    query: {
      description: "Run SQL in the database: what psql is for a server, for the embedded database too.",
      load: async () => (await import("./commands/query.ts")).defineQuery,
    },
    completion: {
      description: "Print the completion script of a shell: bash, zsh or fish.",
      load: async () => (await import("./commands/completion.ts")).defineCompletion,
    },
    demo: {
      description: "Index 6,165 medical questions in an embedded database, ask, change a row, and ask again.",
      load: async () => (await import("./commands/demo.ts")).defineDemo,
    },
  },
  "Train a student:": {
    "distill-data": {
      description: "Train a student (distill/README.md): tables of a corpus, training input, finished package, parity.",
      load: async () => (await import("./commands/distill-data.ts")).defineDistillData,
    },
  },
};
