import type { Command } from "commander";
import { gaps, type Gap, type GapsResult } from "../../app/loop/gaps.ts";
import { openFront } from "../../app/open/find-front.ts";
import { withEmbedder } from "../../embed/embedder.ts";
import { createEmbedderFor } from "../../app/live-index.ts";
import { getIndex } from "../../db/indexes/find-index.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { LtdError } from "../../errors.ts";
import { csvLine } from "../csv.ts";
import { configOf, flagsOf, withDatabase, type Context, type GlobalFlags } from "../context.ts";
import { t, translate } from "../language.ts";
import { wholeNumber } from "../flag-number.ts";
import { count, sayLate, writeLine, writeResultRows } from "../output.ts";

interface GapsFlags {
  since?: string;
  limit: string;
  questions: string;
  csv?: boolean;
}

export function defineGaps(verb: Command, context: Context): void {
  verb
    .argument("<index>", "index whose log to read; of a front, those of all its shards")
    .option("--since <when>", "only questions since then: 7d, or a date as 2026-11-01 (default: all that the log has)")
    .option("--limit <n>", "groups to show, 1 to 10000", "20")
    .option("--questions <n>", "different questions to ask again, the most asked first, 1 to 100000", "2000")
    .option("--csv", "a line for each group: asked, question, nearest key, nearest row, similarity, decision, group")
    .addHelpText(
      "after",
      `
Examples:
  ltd-index gaps faq
  ltd-index gaps faq --since 7d --limit 50
  ltd-index gaps faq --csv > gaps.csv
  ltd-index accept faq 17 白条啥时候还 --group

Needs \`ltd-index log on\`. Questions that are answered by now, were dismissed or are in a draft are left out.`,
    )
    .action(async (name: string, _options: object, command: Command) => {
      const flags = flagsOf<GapsFlags>(command);
      const result = await findGaps(context, flags, name, {
        ...(flags.since !== undefined && { since: since(flags.since) }),
        limit: wholeNumber("--limit", flags.limit, 1, 10_000),
        questions: wholeNumber("--questions", flags.questions, 1, 100_000),
      });
      if (flags.csv !== true || flags.json) return writeResultRows(context, flags, result, render);
      await writeLine(context, csvLine(["asked", "question", "key", "row", "similarity", "decision", "group"]));
      for (const gap of result.gaps) await writeLine(context, csvLine(cellsOf(gap)));
    });
}

/** The gaps of an index, found with its own model. */
export async function findGaps(
  context: Context,
  flags: GlobalFlags,
  name: string,
  options: { since?: Date; limit: number; questions?: number },
): Promise<GapsResult> {
  const { model, threads } = configOf(context, flags);
  return withDatabase(context, flags, async (database) => {
    await requireSchema(database);
    const how = { ...options, threads, signal: context.signal };
    const front = await openFront(database, name, { model, threads }, sayLate(context, flags));
    if (front !== undefined) {
      try {
        const { gapsFront } = await import("../../app/shards/loop.ts");
        return await gapsFront(front, how);
      } finally {
        await front.close();
      }
    }
    const record = await getIndex(database, name);
    return withEmbedder(createEmbedderFor(database, record, { model, threads }), (embedder) =>
      gaps(database, { record, embedder }, how),
    );
  });
}

/** `7d`, a number of days ago; or a date. */
function since(written: string): Date {
  const days = /^(\d+)d$/.exec(written)?.[1];
  const at = days === undefined ? new Date(written) : new Date(Date.now() - Number(days) * 86_400_000);
  if (!Number.isNaN(at.getTime())) return at;
  throw new LtdError("usage", `--since ${written} is neither a number of days nor a date`, {
    hint: "--since 7d, or --since 2026-11-01",
  });
}

function cellsOf({ asked, question, nearest, decision, questions }: Gap): string[] {
  const [first] = nearest;
  return [
    String(asked),
    question,
    first === undefined ? "" : first.key.join(", "),
    first?.text ?? "",
    first?.similarity.toFixed(3) ?? "",
    decision,
    questions.map((each) => each.question).join(" | "),
  ];
}

const SAYS = { none: "no answer", suggest: "only suggested", answer: "answered, which did not help" };

function render({ index, questions, lookedAt, answeredNow, groups, gaps: found }: GapsResult): string {
  if (questions === 0) return t`${index}: every question of the log has a sure answer`;
  const head = [
    t`${index}: ${count(groups)} groups of questions without a sure answer`,
    ...(found.length < groups ? [t`the first ${count(found.length)} are shown`] : []),
    ...(lookedAt < questions ? [t`${count(lookedAt)} of ${count(questions)} questions were asked again`] : []),
    ...(answeredNow > 0 ? [t`${count(answeredNow)} questions are answered by now`] : []),
  ];
  return [head.join(t`; `), ...found.map(renderGap)].join("\n\n");
}

function renderGap({ asked, question, decision, questions, nearest, chosen }: Gap): string {
  const others = questions.slice(1, 4).map((each) => t`    ${count(each.asked)} x  ${each.question}`);
  const more = questions.length - 4;
  return [
    t`${count(asked)} x  ${question}  (${translate(SAYS[decision])})`,
    ...others,
    ...(more > 0 ? [t`    and ${count(more)} more`] : []),
    ...nearest.map(({ key, text, similarity }) => `  ${similarity.toFixed(3)}  ${key.join(", ")}  ${text}`),
    ...(chosen === null ? [] : [t`  users took ${chosen.join(", ")}`]),
  ].join("\n");
}
