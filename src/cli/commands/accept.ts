import type { Command } from "commander";
import type { CurateResult } from "../../app/loop/curate.ts";
import { accept, acceptVoted, reject, setAside, undo } from "../../app/shards/curate.ts";
import { LtdError } from "../../errors.ts";
import { bareText } from "../../text/normalize.ts";
import { flagsOf, withDatabase, type Context, type GlobalFlags } from "../context.ts";
import { t } from "../language.ts";
import { wholeNumber } from "../flag-number.ts";
import { count, say, writeResult } from "../output.ts";
import { parseKey } from "./alias-import.ts";
import { findGaps } from "./gaps.ts";

interface CurateFlags {
  by?: string;
  group?: boolean;
  draft?: boolean;
  voted?: true | string;
  dismiss?: boolean;
}

const BY = ["--by <name>", "who does it, as the journal says it (default: the role of the database)"] as const;
const GROUP = ["--group", "all questions of the gap that has this question"] as const;

export function defineAccept(verb: Command, context: Context): void {
  verb
    .argument("<index>", "index")
    .argument("[key]", "key of the row that answers (with --draft and --voted: left out)")
    .argument("[question...]", "questions as people ask them")
    .option(...GROUP)
    .option("--voted [n]", "all questions whose votes for a row exceed those against it by n (default: 2)")
    .option("--draft", "no row answers them yet: keep them as the draft of a row")
    .option(...BY)
    .addHelpText(
      "after",
      `
Examples:
  ltd-index accept faq 17 白条啥时候还
  ltd-index accept faq 17 白条啥时候还 --group --by anna
  ltd-index accept --draft faq 能不能用数字人民币
  ltd-index accept --voted 3 faq
  ltd-index undo faq

An accepted question gets its row as the answer at once, and becomes part of the row's vector with the next ltd-index sync. See ltd-index gaps.`,
    )
    .action((index: string, first: string | undefined, rest: string[], _options: object, command: Command) => {
      const flags = flagsOf<CurateFlags>(command);
      if (flags.voted !== undefined) return voted(context, flags, index, [first, ...rest]);
      if (first === undefined)
        throw new LtdError("usage", "the key is missing", { hint: `ltd-index accept ${index} 17 "…"` });
      return flags.draft === true
        ? aside(context, flags, "draft", index, [first, ...rest])
        : give(context, flags, accept, index, first, rest);
    });
}

export function defineReject(verb: Command, context: Context): void {
  verb
    .argument("<index>", "index")
    .argument("<key>", "key of the row that must not answer (with --dismiss: left out)")
    .argument("[question...]", "questions")
    .option(...GROUP)
    .option("--dismiss", "no row should ever answer them: gaps leaves them out")
    .option(...BY)
    .addHelpText(
      "after",
      `
Examples:
  ltd-index reject faq 17 怎么提前还花呗
  ltd-index reject faq 17 怎么提前还花呗 --group --by anna
  ltd-index reject --dismiss faq 今天天气怎么样

From the next ltd-index sync on, the row no longer answers questions that mean the same.`,
    )
    .action((index: string, first: string, rest: string[], _options: object, command: Command) => {
      const flags = flagsOf<CurateFlags>(command);
      return flags.dismiss === true
        ? aside(context, flags, "dismiss", index, [first, ...rest])
        : give(context, flags, reject, index, first, rest);
    });
}

export function defineUndo(verb: Command, context: Context): void {
  verb
    .argument("<index>", "index")
    .argument("[line]", "line of the journal (default: the last one not undone)")
    .option(...BY)
    .addHelpText(
      "after",
      `
Examples:
  ltd-index undo faq
  ltd-index undo faq 12
  ltd-index undo faq 12 --by anna --json

Removes exactly what the line added. ltd-index journal shows the lines.`,
    )
    .action(async (index: string, line: string | undefined, _options: object, command: Command) => {
      const flags = flagsOf<CurateFlags>(command);
      const options = { ...(line !== undefined && { id: line }), ...(flags.by !== undefined && { by: flags.by }) };
      const result = await withDatabase(context, flags, (database) => undo(database, index, options));
      await writeResult(
        context,
        flags,
        result,
        ({ id, action, questions, taken }) =>
          t`undone: line ${id} of ${index}, ${action} of ${count(questions.length)} questions${taken < questions.length ? t`; ${count(questions.length - taken)} were gone already` : ""}`,
      );
    });
}

async function voted(
  context: Context,
  flags: CurateFlags & GlobalFlags,
  index: string,
  rest: readonly (string | undefined)[],
): Promise<void> {
  if (rest.some((each) => each !== undefined))
    throw new LtdError("usage", "--voted takes no key and no question", {
      hint: `ltd-index accept --voted=2 ${index}`,
    });
  const least = flags.voted === true ? 2 : wholeNumber("--voted", flags.voted!, 1, 1_000_000);
  const { by } = flags;
  const results = await withDatabase(context, flags, (database) =>
    acceptVoted(database, index, { least, ...(by !== undefined && { by }) }),
  );
  for (const result of results)
    await writeResult(context, flags, result, ({ id, questions }) => t`line ${id}: ${questions.join(" | ")}`);
  if (results.length === 0) say(context, flags, t`no unstored question has that many votes`);
}

async function give(
  context: Context,
  flags: CurateFlags & GlobalFlags,
  work: typeof accept,
  index: string,
  key: string,
  questions: readonly string[],
): Promise<void> {
  if (questions.length === 0)
    throw new LtdError("usage", "the question is missing", { hint: `ltd-index accept ${index} ${key} "…"` });
  const all = await withGroup(context, flags, index, questions);
  const result = await withDatabase(context, flags, (database) =>
    work(database, index, parseKey(key), all, optionsOf(flags)),
  );
  const what = result.action === "accept" ? t`wordings` : t`negative questions`;
  await writeResult(
    context,
    flags,
    result,
    ({ id, questions: added }) =>
      t`${count(added.length)} ${what} of ${key} (line ${id} of the journal); next: ltd-index sync ${index}`,
  );
}

async function aside(
  context: Context,
  flags: CurateFlags & GlobalFlags,
  action: "draft" | "dismiss",
  index: string,
  questions: readonly string[],
): Promise<void> {
  const all = await withGroup(context, flags, index, questions);
  const result = await withDatabase(context, flags, (database) =>
    setAside(database, index, action, all, optionsOf(flags)),
  );
  await writeResult(context, flags, result, renderAside);
}

function renderAside({ id, index, action, questions }: CurateResult): string {
  const what = action === "draft" ? t`the draft of a row` : t`dismissed`;
  return t`${count(questions.length)} questions are ${what} (line ${id} of the journal of ${index})`;
}

/** With --group all questions of the gaps that have these, otherwise these. */
async function withGroup(
  context: Context,
  flags: CurateFlags & GlobalFlags,
  index: string,
  questions: readonly string[],
): Promise<readonly string[]> {
  if (flags.group !== true) return questions;
  const { gaps } = await findGaps(context, flags, index, { limit: 10_000 });
  return questions.flatMap((question) => {
    const wording = bareText(question);
    const gap = gaps.find((each) => each.questions.some((one) => bareText(one.question) === wording));
    if (gap !== undefined) return gap.questions.map((each) => each.question);
    throw new LtdError("input", `${JSON.stringify(question)} is in no gap of ${index}`, {
      hint: `see ltd-index gaps ${index}, or leave --group out`,
    });
  });
}

function optionsOf({ by, group }: CurateFlags): { by?: string; origin?: string } {
  return { ...(by !== undefined && { by }), ...(group === true && { origin: "gaps" }) };
}
