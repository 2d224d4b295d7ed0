import type { Command } from "commander";
import { clearLog, logStatus, MASKS, setLog, stopLog, type LogOptions, type LogStatus } from "../../app/operate/log.ts";
import type { Mask } from "../../db/loop/question-log.ts";
import { LtdError } from "../../errors.ts";
import { flagsOf, withDatabase, type Context } from "../context.ts";
import { t } from "../language.ts";
import { numberBetween, wholeNumber } from "../flag-number.ts";
import { count, renderPairs, writeResult } from "../output.ts";

interface LogFlags {
  sample?: string;
  keep?: string;
  mask?: string;
  hash?: boolean;
  most?: string;
  votes?: string;
}

export function defineLog(verb: Command, context: Context): void {
  verb.addHelpText(
    "after",
    `
Examples:
  ltd-index log on faq
  ltd-index log on faq --sample 0.1 --keep 90d --mask phones,ids,emails
  ltd-index log on faq --hash
  ltd-index log status faq
  ltd-index log off faq
  ltd-index log clear faq

From now on match, serve, the library and ltd.match write what people ask, for \`ltd-index gaps\`.`,
  );
  defineOn(verb, context);
  const define = (command: Command, run: typeof stopLog) =>
    command.argument("<index>", "index").action(async (index: string, _options: object, command: Command) => {
      const flags = flagsOf(command);
      const result = await withDatabase(context, flags, (database) => run(database, index));
      await writeResult(context, flags, result, render);
    });
  define(
    verb.command("off").description("Stop logging. Logged questions stay until they are too old, or `log clear`."),
    stopLog,
  );
  define(
    verb.command("status").description("Show the settings and the content of the log, and delete what is too old."),
    logStatus,
  );
  verb
    .command("clear")
    .argument("<index>", "index")
    .description("Delete the logged questions and the votes. Aliases, journal and drafts stay.")
    .action(async (index: string, _options: object, command: Command) => {
      const flags = flagsOf(command);
      const cleared = await withDatabase(context, flags, (database) => clearLog(database, index));
      await writeResult(
        context,
        flags,
        { index, ...cleared },
        ({ questions, votes }) => t`deleted ${count(questions)} questions and ${count(votes)} votes of ${index}`,
      );
    });
}

function defineOn(verb: Command, context: Context): void {
  verb
    .command("on")
    .argument("<index>", "index whose questions to log")
    .option("--sample <share>", "share of the questions, above 0 and at most 1 (default: 1)")
    .option("--keep <days>", "delete questions after this time: 30d (default: 30d)")
    .option("--mask <kinds>", `what to hide: ${MASKS.join(",")}, or none (default: phones,ids)`)
    .option("--hash", "store a hash instead of each question (--no-hash: the question again)")
    .option("--no-hash", "store the questions again")
    .option("--most <n>", "most questions a day; more are counted and dropped (default: 100000)")
    .option("--votes <n>", "most votes of one voter a day (default: 100)")
    .description("Log what people ask from now on. A setting that is left out stays as it was.")
    .addHelpText(
      "after",
      "\nExamples:\n  ltd-index log on faq --sample 1.0 --keep 30d\n  ltd-index log on faq --mask none",
    )
    .action(async (index: string, _options: object, command: Command) => {
      const flags = flagsOf<LogFlags>(command);
      const options = optionsOf(flags);
      const result = await withDatabase(context, flags, (database) => setLog(database, index, options));
      await writeResult(context, flags, result, render);
    });
}

function optionsOf(flags: LogFlags): LogOptions {
  const { sample, keep, mask, hash, most, votes } = flags;
  const days = keep === undefined ? undefined : /^(\d+)d?$/.exec(keep)?.[1];
  if (keep !== undefined && days === undefined)
    throw new LtdError("usage", `--keep ${keep} is no number of days`, { hint: "--keep 30d" });
  return {
    ...(sample !== undefined && { sample: numberBetween("--sample", sample, 0, 1) }),
    ...(days !== undefined && { keepDays: wholeNumber("--keep", days, 1, 3_650) }),
    ...(mask !== undefined && { mask: mask === "none" ? [] : (mask.split(",").map((each) => each.trim()) as Mask[]) }),
    ...(hash !== undefined && { hash }),
    ...(most !== undefined && { mostADay: wholeNumber("--most", most, 1, 100_000_000) }),
    ...(votes !== undefined && { votesADay: wholeNumber("--votes", votes, 1, 1_000_000) }),
  };
}

function render({ index, isOn, settings, ...counts }: LogStatus): string {
  const { questions, oldest, newest, today, dropped, droppedToday, future, votes } = counts;
  const kept = settings && [
    settings.sample < 1 ? t`${100 * settings.sample} % of the questions` : t`every question`,
    settings.hash ? t`hashed` : settings.mask.length > 0 ? t`without ${settings.mask.join(t`, `)}` : t`as it was asked`,
    t`${settings.keepDays} days, ${count(settings.most)} a day at most`,
  ];
  return renderPairs({
    index,
    log: isOn ? t`on` : t`off`,
    keeps: kept && kept.join(t`; `),
    questions:
      questions > 0 ? t`${count(questions)}, ${day(oldest)} to ${day(newest)}; ${count(today)} today` : t`none`,
    dropped: dropped > 0 ? t`${count(dropped)} beyond the daily limit, ${count(droppedToday)} today` : null,
    future: future > 0 ? t`${count(future)} are dated in the future: the clock of the server jumped` : null,
    votes: votes > 0 ? count(votes) : null,
  });
}

function day(at: Date | null): string {
  return at?.toISOString().slice(0, 10) ?? "–";
}
