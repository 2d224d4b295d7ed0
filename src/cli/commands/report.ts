import { rename, rm, stat, writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { readTextLines } from "../../app/judge/labelled-file.ts";
import { waitingRows } from "../../app/behind.ts";
import { MOST_POINTS, report, type ReportStep } from "../../app/report/report.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { LtdError } from "../../errors.ts";
import { reportHtml } from "../../report/html.ts";
import type { ReportData } from "../../report/report-data.ts";
import { configOf, flagsOf, withDatabase, type Context, type GlobalFlags } from "../context.ts";
import { wholeNumber } from "../flag-number.ts";
import { count, duration, renderPairs, say, sayPending, writeResult } from "../output.ts";
import { t, translate } from "../language.ts";

interface ReportFlags {
  out?: string;
  questions?: string;
  k?: string;
  clustering?: string;
  duplicates: boolean;
  points: string;
  seed: string;
}

const STEPS: Record<ReportStep, string> = {
  cluster: "clustering the rows",
  duplicates: "looking for near-duplicates",
  read: "reading rows and vectors",
  map: "drawing the map",
  questions: "asking the questions",
};

export function defineReport(verb: Command, context: Context): void {
  verb
    .argument("<index>", "index to look at; of a front, the rows of all its shards")
    .option("--out <file>", "file to write (default: report.html; with --json none)")
    .option("--questions <file>", "questions that people asked, one a line: those without a sure answer are shown")
    .option("--k <n>", "clusters, or auto: the number from 2 to 100 with the largest silhouette (default: auto)")
    .option("--clustering <name>", "show these saved clusters instead of making some")
    .option("--no-duplicates", "skip near-duplicates")
    .option("--points <n>", "rows on the map, 1 to 200,000; of more a random sample", "50000")
    .option("--seed <n>", "random seed of the map", "1")
    .addHelpText(
      "after",
      `
Examples:
  ltd-index report faq
  ltd-index report faq --out faq.html --questions asked.txt
  ltd-index report faq --clustering topics
  ltd-index report faq --json | jq .questions

The file is self-contained and needs no network; it contains the texts of the rows. The map of 50,000 rows takes half a minute of one core, and their
clusters and duplicates some more.`,
    )
    .action(async (name: string, _options: object, command: Command) => {
      const flags = flagsOf<ReportFlags>(command);
      const out = flags.out ?? (flags.json ? undefined : "report.html");
      const started = performance.now();
      const questions = flags.questions === undefined ? undefined : await readTextLines(flags.questions, flags);
      if (out !== undefined) await requireWritable(out);
      const { model, threads } = configOf(context, flags);
      const data = await withDatabase(context, flags, async (database) => {
        await requireSchema(database);
        return report(database, name, {
          model,
          threads,
          questions,
          k: flags.k === undefined || flags.k === "auto" ? flags.k : wholeNumber("--k", flags.k, 1, 10_000),
          clustering: flags.clustering,
          duplicates: flags.duplicates,
          points: wholeNumber("--points", flags.points, 1, MOST_POINTS),
          seed: wholeNumber("--seed", flags.seed, 0, 2 ** 32 - 1),
          signal: context.signal,
          onStep: (step) => say(context, flags, `${name}: ${translate(STEPS[step])}`),
        });
      });
      warn(context, flags, data);
      if (out !== undefined) await writeWhole(out, reportHtml(data));
      const seconds = (performance.now() - started) / 1000;
      await writeResult(context, flags, data, (shown) => render(shown, out!, seconds));
    });
}

/** The note at the top of the page. */
function warn(context: Context, flags: GlobalFlags, { index, sync, thresholds }: ReportData): void {
  const oldest = sync.oldestSeconds === null ? "" : t`, the oldest for ${duration(sync.oldestSeconds)}`;
  sayPending(context, flags, index, waitingRows(sync), oldest);
  if (sync.failed > 0) say(context, flags, t`note: ${count(sync.failed)} rows failed: ltd-index failed ${index}`);
  if (thresholds.stale !== null) say(context, flags, t`note: ${translate(thresholds.stale)}`);
}

/** Found out before the work, not after it. */
async function requireWritable(file: string): Promise<void> {
  const part = `${file}.part`;
  try {
    if ((await stat(file).catch(() => undefined))?.isDirectory()) throw new Error("it is a folder");
    await writeFile(part, "");
    await rm(part);
  } catch (cause) {
    throw unwritable(file, cause);
  }
}

/** The file is there whole or not at all. */
async function writeWhole(file: string, text: string): Promise<void> {
  const part = `${file}.part`;
  try {
    await writeFile(part, text);
    await rename(part, file);
  } catch (cause) {
    await rm(part, { force: true });
    throw unwritable(file, cause);
  }
}

function unwritable(file: string, cause: unknown): LtdError {
  return new LtdError("input", `${file} cannot be written: ${(cause as Error).message}`, {
    hint: "name a file in a folder that exists and that you may write to: --out report.html",
    cause,
  });
}

function render(
  { rows, points, clusters, duplicates, quality, questions }: ReportData,
  out: string,
  seconds: number,
): string {
  return renderPairs({
    file: out,
    rows: points.length < rows ? t`${count(rows)}, ${count(points.length)} of them on the map` : count(rows),
    clusters: count(clusters.length),
    duplicates:
      duplicates &&
      t`${count(duplicates.rowCount)} in ${count(duplicates.groupCount)} groups, from a similarity of ${duplicates.threshold.toFixed(3)}`,
    map:
      quality.neighbours > 0
        ? t`trustworthiness ${quality.trustworthiness.toFixed(3)}, ${(100 * quality.preserved).toFixed(0)} % of the ${quality.neighbours} nearest kept`
        : null,
    questions:
      questions && t`${count(questions.asked)}, ${count(questions.asked - questions.answered)} without a sure answer`,
    time: duration(seconds),
  });
}
