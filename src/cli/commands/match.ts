import type { Command } from "commander";
import { match, matchIn, requireLimit, type MatchResult } from "../../app/match.ts";
import { LiveIndex } from "../../app/live-index.ts";
import { openLocal } from "../../app/local-index.ts";
import { noVectors, statusOf } from "../../app/status.ts";
import { getIndex } from "../../db/index-store.ts";
import { requireSchema } from "../../db/migrate.ts";
import { LtdError } from "../../errors.ts";
import { configOf, flagsOf, withDatabase, withoutDatabase, type Context, type GlobalFlags } from "../context.ts";
import { count, readStdin, say, writeLine, writeResult } from "../output.ts";

interface MatchFlags {
  limit: string;
  local?: string;
}

/** Questions of standard input that are asked together. */
const CHUNK = 64;

export function defineMatch(program: Command, context: Context): void {
  program
    .command("match")
    .argument("[index]", "index to ask (with --local: left out)")
    .argument("[question]", "the question (default: one a line from standard input)")
    .description("Find the rows that mean the same as a question, and say whether the first is an answer.")
    .option("--limit <k>", "rows for each question, 1 to 1000", "5")
    .option("--local <file>", "ask a file that `ltd-index export` has written: no database is needed")
    .addHelpText(
      "after",
      `
Examples:
  ltd-index match faq 怎么退款
  ltd-index match faq 怎么退款 --limit 1 --json
  ltd-index match faq --json < questions.txt > answers.jsonl
  ltd-index match --local faq.ltd 怎么退款

The decision is "answer" (give the first row), "suggest" (ask: did you mean?) or "none" (the table does not have it).`,
    )
    .action(async (first: string | undefined, second: string | undefined, _options: object, command: Command) => {
      const flags = flagsOf<MatchFlags>(command);
      const limit = Number(flags.limit);
      requireLimit(limit, flags.limit);
      if (flags.local !== undefined) {
        if (second !== undefined) {
          throw new LtdError("usage", `${first} is one argument too many: a file is of one index`, {
            hint: `ltd-index match --local ${flags.local} "…"`,
          });
        }
        const local = await openLocal(flags.local, configOf(withoutDatabase(context), flags));
        try {
          const ask = (questions: readonly string[]) =>
            matchIn(local.place, local.embedder, questions, { limit, signal: context.signal });
          await askAll(context, flags, first, `ask one question: ltd-index match --local ${flags.local} "…"`, ask);
        } finally {
          await local.close();
        }
        return;
      }
      if (first === undefined) {
        throw new LtdError("usage", "the index is missing", {
          hint: 'ltd-index match faq "…"; ltd-index status names them',
        });
      }
      await matchInDatabase(context, flags, first, second, limit);
    });
}

async function matchInDatabase(
  context: Context,
  flags: MatchFlags & GlobalFlags,
  name: string,
  question: string | undefined,
  limit: number,
): Promise<void> {
  const { model, threads } = configOf(context, flags);
  await withDatabase(context, flags, async (database) => {
    await requireSchema(database);
    const index = await getIndex(database, name);
    const { pending, leased, indexed, staleThresholds } = await statusOf(database, index);
    if (indexed === 0) throw noVectors(index, pending + leased);
    if (pending + leased > 0)
      say(context, flags, `note: ${count(pending + leased)} changed rows wait for ltd-index sync ${name}`);
    if (staleThresholds !== null) say(context, flags, `note: ${staleThresholds} (ltd-index calibrate ${name})`);
    const live = await LiveIndex.open(database, name, { model, threads });
    try {
      const ask = (questions: readonly string[]) =>
        live.read(({ record, embedder }) =>
          match(database, record, embedder, questions, { limit, signal: context.signal }),
        );
      await askAll(context, flags, question, `ask one question: ltd-index match ${name} "…"`, ask);
    } finally {
      await live.close();
    }
  });
}

/** Asks one question, or those of standard input, and writes the answers as they come. */
async function askAll(
  context: Context,
  flags: GlobalFlags,
  question: string | undefined,
  hint: string,
  ask: (questions: readonly string[]) => Promise<MatchResult[]>,
): Promise<void> {
  const lines = question === undefined ? readStdin(context, hint) : [question];
  const answer = async (questions: string[]) => {
    for (const result of await ask(questions)) {
      if (question === undefined && !flags.json && result.answers.length === 0)
        await writeLine(context, `${result.question}\n  none`);
      else await writeResult(context, flags, result, render);
    }
  };
  const chunk: string[] = [];
  for await (const line of lines) {
    if (line.trim() === "" && question === undefined) continue;
    chunk.push(line);
    if (chunk.length === CHUNK) await answer(chunk.splice(0));
  }
  if (chunk.length > 0) await answer(chunk);
}

function render({ question, decision, answers, margin }: MatchResult): string {
  const says = { answer: "answer", suggest: "suggest: did you mean one of these?", none: "none: no row means this" }[
    decision
  ];
  const lines = answers.map((each) => `  ${each.similarity.toFixed(3)}  ${each.key.join(", ")}  ${each.text}`);
  const lead = decision === "answer" ? `${says}${howFarAhead(margin)}` : says;
  return [question, `  ${lead}`, ...lines].join("\n");
}

function howFarAhead(margin: number | null): string {
  if (margin === null) return "";
  return margin < 0.0005 ? " (the second is as near)" : ` (${margin.toFixed(3)} before the second)`;
}
