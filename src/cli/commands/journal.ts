import type { Command } from "commander";
import { journal, loopLabels } from "../../app/shards/curate.ts";
import type { Curation } from "../../db/loop/curation.ts";
import { LtdError } from "../../errors.ts";
import { flagsOf, withDatabase, type Context } from "../context.ts";
import { t, translate } from "../language.ts";
import { csvLine } from "../csv.ts";
import { wholeNumber } from "../flag-number.ts";
import { say, writeLine, writeResult } from "../output.ts";

interface JournalFlags {
  limit: string;
  labels?: boolean;
  drafts?: boolean;
}

export function defineJournal(verb: Command, context: Context): void {
  verb
    .argument("<index>", "index")
    .option("--limit <n>", "lines to show, the newest first, 1 to 100000", "20")
    .option("--drafts", "the drafts as CSV: text (the first question) and wordings (all of them)")
    .option("--labels", "CSV that calibrate and tune read: question, row, label, key")
    .addHelpText(
      "after",
      `
Examples:
  ltd-index journal faq
  ltd-index journal faq --drafts > drafts.csv
  ltd-index journal faq --labels > labels.csv && ltd-index tune labels.csv --id our-faq-2
  ltd-index calibrate faq --journal

Labels are what curators accepted, rejected and dismissed, and what the feedback of users says.`,
    )
    .action(async (name: string, _options: object, command: Command) => {
      const flags = flagsOf<JournalFlags>(command);
      if (flags.labels === true && flags.drafts === true)
        throw new LtdError("usage", "--labels and --drafts are two files: ask for one");
      const limit = wholeNumber("--limit", flags.limit, 1, 100_000);
      await withDatabase(context, flags, async (database) => {
        if (flags.labels === true) {
          const labels = await loopLabels(database, name);
          if (flags.json === true) {
            for (const label of labels) await writeLine(context, JSON.stringify(label));
            return;
          }
          await writeLine(context, csvLine(["question", "row", "label", "key"]));
          for (const { question, row, label, key } of labels)
            await writeLine(context, csvLine([question, row ?? "", String(label), key?.join(", ") ?? ""]));
        } else if (flags.drafts === true) {
          const drafts = (await journal(database, name, { limit: 100_000, standing: true })).filter(
            ({ action }) => action === "draft",
          );
          if (flags.json === true) {
            for (const draft of drafts) await writeLine(context, JSON.stringify(draft));
            return;
          }
          await writeLine(context, csvLine(["text", "wordings"]));
          for (const { questions } of drafts) await writeLine(context, csvLine([questions[0]!, questions.join(" | ")]));
        } else {
          const lines = await journal(database, name, { limit });
          for (const line of lines) await writeResult(context, flags, line, render);
          if (lines.length === 0 && flags.json !== true) say(context, flags, t`the journal of ${name} is empty`);
        }
      });
    });
}

const SAYS = { accept: "accepted for", reject: "rejected for", draft: "draft", dismiss: "dismissed" };

function render({ id, action, doneAt, doneBy, key, questions, undoneAt, undoneBy }: Curation): string {
  const what = `${translate(SAYS[action])}${key === null ? "" : ` ${key.join(", ")}`}: ${questions.join(" | ")}`;
  const undone = undoneAt === null ? "" : t`  (undone ${undoneAt.toISOString().slice(0, 16)} by ${undoneBy})`;
  return `${id}\t${doneAt.toISOString().slice(0, 16)}\t${doneBy}\t${what}${undone}`;
}
