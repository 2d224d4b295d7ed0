import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Command } from "commander";
import type { Database } from "../../db/database.ts";
import { openDatabase } from "../../db/connect/open.ts";
import { LtdError } from "../../errors.ts";
import { packageRoot } from "../../package-root.ts";
import { configOf, flagsOf, type Context, type GlobalFlags } from "../context.ts";
import { count, duration, say, writeLine } from "../output.ts";
import { t } from "../language.ts";

interface DemoFlags {
  folder?: string;
}

interface Question {
  department: string;
  title: string;
  answer: string;
}

/** Asked in other words than the table has them. */
const QUESTIONS = [
  "血压高应该怎么治",
  "喝蜂蜜对糖尿病人有影响吗",
  "大三阳怎样变成小三阳",
  "胃息肉做完内镜要不要住院",
  "电脑蓝屏了怎么修",
];
const NEAREST =
  "select f.id, f.title, round((1 - (e.embedding <=> q.embedding))::numeric, 3) as similarity\n" +
  "       from ltd.entry_faq q, ltd.entry_faq e join faq f on f.id = e.key\n" +
  "      where q.key = 42 and e.key <> 42 order by e.embedding <=> q.embedding limit 3";
const CHANGED = "智能手表量的血压准吗";

/** @param createProgram makes the whole program, whose verbs the demo runs */
export function defineDemo(verb: Command, context: Context, createProgram: (context: Context) => Command): void {
  verb
    .option("--folder <folder>", "keep the database in this folder (default: a temporary one, removed at the end)")
    .addHelpText(
      "after",
      `
Examples:
  ltd-index demo
  ltd-index demo --folder demo-db      and then: ltd-index match faq 血压高怎么办 --database-folder demo-db
  ltd-index demo --quiet --json`,
    )
    .action(async (_options: object, command: Command) => {
      const flags = flagsOf<DemoFlags>(command);
      configOf(context, flags); // a wrong setting is told before anything is made
      const folder = flags.folder ?? (await mkdtemp(join(tmpdir(), "ltd-demo-")));
      try {
        const database = await openDatabase({ folder });
        try {
          await demonstrate(createProgram, { ...context, database }, flags, folder);
        } finally {
          await database.close();
        }
      } finally {
        if (flags.folder === undefined) await rm(folder, { recursive: true, force: true });
      }
    });
}

/** What the steps of the demo do with: they print each statement and verb before they run it. */
interface Stage {
  readonly note: (text: string) => void;
  readonly verb: (...args: string[]) => Promise<void>;
  readonly sql: <Row extends object>(statement: string) => Promise<Row[]>;
}

function setStage(
  createProgram: (context: Context) => Command,
  context: Context & { database: Database },
  flags: DemoFlags & GlobalFlags,
): Stage {
  const note = (text: string) => say(context, flags, ...text.split("\n"));
  const passed = [
    ...(flags.json ? ["--json"] : []),
    ...(flags.model === undefined ? [] : ["--model", flags.model]),
    ...(flags.threads === undefined ? [] : ["--threads", flags.threads]),
    "--quiet",
  ];
  return {
    note,
    verb: async (...args) => {
      note(`\n$ ltd-index ${args.map((arg) => (/[\s{}"]/.test(arg) ? `'${arg}'` : arg)).join(" ")}`);
      await createProgram(context).parseAsync([...args, ...passed], { from: "user" });
      if (context.exitCode !== 0) throw new LtdError("index", `the demo stopped: ltd-index ${args[0]} did not finish`);
      context.signal.throwIfAborted();
    },
    sql: (statement) => {
      note(`\nsql> ${statement}`);
      return context.database.query(statement);
    },
  };
}

/** Runs the verbs that a user would, on one open database. */
async function demonstrate(
  createProgram: (context: Context) => Command,
  context: Context & { database: Database },
  flags: DemoFlags & GlobalFlags,
  folder: string,
): Promise<void> {
  const started = performance.now();
  const stage = setStage(createProgram, context, flags);
  const { note, verb, sql } = stage;
  await fillTable(context.database, stage, folder);
  await verb("init");
  await verb("add", "faq", "--text", "{title}");
  await verb("sync", "faq");
  note(
    "\n" +
      t`Questions in other words than the table has them; the last is not a medical one, and the right decision is: none.`,
  );
  for (const question of QUESTIONS) await verb("match", "faq", question, "--limit", "3");

  note(
    "\n" + t`A row changes. The trigger queues it in the same transaction, and the next sync embeds that row alone.`,
  );
  await verb("match", "faq", CHANGED, "--limit", "2");
  await sql(
    "update faq set title = '智能手表测量的血压准确吗？', answer = '仅供参考，请以上臂式血压计为准。' where id = 42",
  );
  await verb("sync", "faq");
  await verb("match", "faq", CHANGED, "--limit", "2");

  note("\n" + t`And in plain SQL, from any client: the rows nearest to row 42.`);
  for (const row of await sql<{ id: string; title: string; similarity: string }>(NEAREST)) {
    await writeLine(context, flags.json ? JSON.stringify(row) : `  ${row.similarity}  ${row.id}  ${row.title}`);
  }
  await verb("status");

  note("\n" + t`Done in ${duration((performance.now() - started) / 1000)}, all on this machine.`);
  note(
    flags.folder === undefined
      ? t`Keep it and ask more:  ltd-index demo --folder demo-db`
      : t`Ask more:              ltd-index match faq "…" --database-folder ${folder}`,
  );
  note(t`Index your own table:  ltd-index init --database-url postgres://…   then add, sync, match: ltd-index --help`);
}

/** Makes the table faq and fills it. Throws LtdError "usage" where the database has one. */
async function fillTable(database: Database, { note, sql }: Stage, folder: string): Promise<void> {
  const questions = readQuestions();
  note(
    t`An embedded Postgres with pgvector in ${folder}, and a table with ${count(questions.length)} real questions of patients.`,
  );
  if ((await database.query("select 1 from pg_tables where schemaname = 'public' and tablename = 'faq'")).length > 0) {
    throw new LtdError("usage", `${folder} has a table faq already`, {
      hint: "name another folder, or ask it: ltd-index match faq … --database-folder " + folder,
    });
  }
  await sql("create table faq (id bigint primary key, department text, title text, answer text)");
  await database.query(
    "insert into faq select row_number() over (), r->>'department', r->>'title', r->>'answer' from json_array_elements($1::json) r",
    [JSON.stringify(questions)],
  );
}

/** Titles and answers of the Toyhom Chinese medical dialogue data (MIT): see NOTICE. */
function readQuestions(): Question[] {
  const lines = gunzipSync(readFileSync(new URL("demo/medical-faq.jsonl.gz", packageRoot)));
  return lines
    .toString("utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Question);
}
