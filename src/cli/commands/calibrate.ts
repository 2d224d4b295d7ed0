import type { Command } from "commander";
import type { CalibrateOptions, CalibrateResult } from "../../app/judge/calibrate.ts";
import { forgetCalibration, setThresholds } from "../../app/judge/set-thresholds.ts";
import { queryRows, readNamedRows, readTextLines } from "../../app/judge/labelled-file.ts";
import { judgeOf } from "../../app/judge-of.ts";
import { calibrateNamed } from "../../app/shards/calibrate.ts";
import { thresholdsOf } from "../../app/thresholds.ts";
import type { Database } from "../../db/database.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import { loadModel } from "../../embed/model-package.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { onEveryIndex } from "../../app/operate/every-index.ts";
import { LtdError } from "../../errors.ts";
import type { Operation } from "../../judge/calibration.ts";
import type { FittedAdjustment } from "../../judge/fit-adjustment.ts";
import type { Interval } from "../../judge/interval.ts";
import { isQuestionHeader, readQuestions } from "../../judge/labelled-questions.ts";
import { configOf, flagsOf, withDatabase, type Context, type GlobalFlags } from "../context.ts";
import { numberBetween, wholeNumber } from "../flag-number.ts";
import { count, renderPairs, sayLate, sayPending, writeResult } from "../output.ts";
import { renderTable } from "../table.ts";
import { t } from "../language.ts";

interface CalibrateFlags {
  query?: string;
  journal?: boolean;
  columns?: string;
  foreign?: string;
  foreignShare?: string;
  precision: string;
  suggestPrecision: string;
  confidence: string;
  margin?: string;
  sampleRows: string;
  save: boolean;
  reset?: boolean;
  answer?: string;
  suggest?: string;
}

export function defineCalibrate(verb: Command, context: Context): void {
  verb
    .argument("<index>", "index to find thresholds for")
    .argument(
      "[file]",
      "labelled questions: CSV, TSV or JSON Lines with question and key (or row), and optionally label",
    )
    .option("--query <sql>", "labelled questions from the database instead of a file")
    .option("--journal", "labels from the journal and from feedback: see ltd-index journal --labels")
    .option("--columns <names>", "the columns to read: question,key or question,row, and optionally label")
    .option(
      "--foreign <file>",
      "questions that the table does not answer, one a line (default: a list of everyday ones)",
    )
    .option("--foreign-share <share>", "expected share of questions without an answer (default: as labelled, or 0.5)")
    .option("--precision <share>", "share of the answers that must be right", "0.9")
    .option("--suggest-precision <share>", "share of the first suggestions that must be right", "0.7")
    .option("--confidence <share>", "confidence in both shares", "0.95")
    .option(
      "--margin <numbers>",
      "lead in similarity that the first row needs over the second; several to choose from: 0,0.02",
    )
    .option("--sample-rows <n>", "rows that are asked as questions without an answer", "1000")
    .option("--no-save", "only say what would be stored")
    .option("--answer <chance>", "set by hand the lowest chance of an answer; measures nothing")
    .option("--suggest <chance>", "set by hand the lowest chance of a suggestion (default: unchanged)")
    .option("--reset", "go back to the thresholds of the model")
    .addHelpText(
      "after",
      `
Examples:
  ltd-index calibrate faq questions.csv --precision 0.95
  ltd-index calibrate faq --query "select question, row_id as key from feedback"
  ltd-index calibrate faq --journal
  ltd-index calibrate faq
  ltd-index calibrate faq --answer 0.85 --suggest 0.4
  ltd-index calibrate faq --reset

A question with an empty key has no answer in the table. If no threshold keeps the precision, the best one that can be kept is stored, and the exit
code is 3; it is 3, too, if nothing can be promised. From 20 labels on, the chances are also fitted to the table.`,
    )
    .action((name: string, file: string | undefined, _options: object, command: Command) =>
      runCalibrate(context, flagsOf<CalibrateFlags>(command), name, file),
    );
}

async function runCalibrate(
  context: Context,
  flags: CalibrateFlags & GlobalFlags,
  name: string,
  file: string | undefined,
): Promise<void> {
  if ([file !== undefined, flags.query !== undefined, flags.journal].filter(Boolean).length > 1)
    throw new LtdError("usage", "labelled questions come from a file, from --query or from --journal: one of them");
  const { model, threads } = configOf(context, flags);
  await withDatabase(context, flags, async (database) => {
    await requireSchema(database);
    if (flags.reset) {
      await onEveryIndex(database, name, forgetCalibration);
      return writeResult(context, flags, { index: name, reset: true }, () => t`${name}: the model's thresholds`);
    }
    if (flags.answer !== undefined || flags.suggest !== undefined) {
      if (file !== undefined || flags.query !== undefined)
        throw new LtdError("usage", "thresholds are set by hand or found for questions, not both");
      const [set] = await onEveryIndex(database, name, (there, index) =>
        setByHand(there, index, flags, model ?? index.modelId),
      );
      return writeResult(
        context,
        flags,
        { ...set!, index: name },
        ({ answer, suggest }) => t`${name}: answer from ${answer}, suggest from ${suggest}`,
      );
    }
    const options = { ...(await optionsOf(flags, database, file)), signal: context.signal };
    const result = await calibrateNamed(database, name, { model, threads }, options, sayLate(context, flags));
    sayPending(context, flags, name, result.pending);
    await writeResult(context, flags, result, render);
    if (!result.stays && result.kept !== result.asked.precision) context.exitCode = 3;
  });
}

async function optionsOf(
  flags: CalibrateFlags & GlobalFlags,
  database: Database,
  file: string | undefined,
): Promise<CalibrateOptions & { fromJournal?: boolean }> {
  const share = (flag: string, written: string) => numberBetween(flag, written, 0, 1);
  const columns = flags.columns?.split(",").map((column) => column.trim());
  const rows =
    flags.query !== undefined
      ? await queryRows(database, flags.query)
      : file !== undefined
        ? await readNamedRows(file, (cells) => isQuestionHeader(cells, columns), flags)
        : undefined;
  const foreign = flags.foreign === undefined ? undefined : await readTextLines(flags.foreign, flags);
  return {
    ...(flags.journal && { fromJournal: true, keepGood: true }),
    ...(rows && { questions: readQuestions(rows, columns) }),
    ...(foreign && { foreign }),
    ...(flags.foreignShare !== undefined && { foreignShare: share("--foreign-share", flags.foreignShare) }),
    ...(flags.margin !== undefined && {
      margins: flags.margin.split(",").map((written) => numberBetween("--margin", written, 0, 2)),
    }),
    precision: share("--precision", flags.precision),
    suggestPrecision: share("--suggest-precision", flags.suggestPrecision),
    confidence: share("--confidence", flags.confidence),
    sampleRows: wholeNumber("--sample-rows", flags.sampleRows, 0, 100_000),
    save: flags.save,
  };
}

/** Sets what is given, and leaves the other as it is. */
async function setByHand(database: Database, index: IndexRecord, flags: CalibrateFlags, model: string) {
  const loaded = await loadModel(model);
  const now = thresholdsOf(index, judgeOf(loaded) ?? loaded.description);
  const answer = flags.answer === undefined ? now.answer : Number(flags.answer);
  const suggest = flags.suggest === undefined ? Math.min(now.suggest, answer) : Number(flags.suggest);
  await setThresholds(database, index, { answer, suggest });
  return { index: index.name, answer, suggest };
}

function render(result: CalibrateResult): string {
  const { index, generation, model, isLabelled, asked, questions, kept, adjustment, ofModel, answer, suggest } = result;
  const { curve, saved, inForce, stays } = result;
  const { answerable, unanswerable, unanswerableAre, foreignShare } = questions;
  const others =
    unanswerableAre === "labelled" ? t`without an answer` : t`without an answer (its own rows, foreign questions)`;
  const share = isLabelled ? t`, these count ${percent(foreignShare)} of all` : "";
  const head = {
    index: t`${index}, generation ${generation} (${model})`,
    questions: t`${count(answerable)} with an answer, ${count(unanswerable)} ${others}${share}`,
    target: isLabelled
      ? t`${percent(asked.precision)} of the answers right, with a confidence of ${percent(asked.confidence)}`
      : t`at most ${percent(1 - asked.precision)} of the questions without an answer may get one (without labels, precision cannot be measured)`,
    kept:
      kept === asked.precision
        ? null
        : kept === null
          ? t`NO threshold keeps this`
          : t`NO threshold keeps this; ${percent(kept)} of the answers right can be promised`,
    chances: adjustment === null ? null : adjusts(adjustment),
    answer: answer ? says(answer, isLabelled) : null,
    margin: answer === null || answer.margin === 0 ? null : t`the first row leads by ${answer.margin}`,
    suggest: suggest ? says(suggest, isLabelled) : null,
    "model's own": isLabelled && answer === null ? says(ofModel, isLabelled) : null,
    "in force": isLabelled ? says(inForce, isLabelled) : null,
    stored: stays
      ? t`no: the thresholds in force are precise enough on these questions, and answer more`
      : !saved
        ? t`no`
        : answer === null
          ? t`the chances of this table, with the model's thresholds`
          : t`yes`,
  };
  const shown = curve.map(({ threshold, precision, coverage, recall, falseAnswers }) => [
    threshold.toFixed(3),
    isLabelled ? interval(precision) : "",
    interval(coverage),
    isLabelled ? interval(recall) : "",
    interval(falseAnswers),
  ]);
  const names = CURVE;
  const used = names.map((_, at) => at).filter((at) => shown.some((row) => row[at] !== ""));
  const pick = (row: readonly string[]) => used.map((at) => row[at] ?? "");
  const hint =
    kept !== asked.precision
      ? "\n" + t`More labelled questions make the bound tighter; a lower --precision or --confidence asks for less.`
      : "";
  return `${renderPairs(head)}${hint}\n\n${renderTable(pick(names), shown.map(pick))}`;
}

function says({ threshold, precision, recall, falseAnswers }: Operation, isLabelled: boolean): string {
  const measured = isLabelled
    ? t`${interval(precision)} right; ${percent(recall.value)} of the answerable are answered right, `
    : "";
  return t`from ${threshold.toFixed(4)}: ${measured}${percent(falseAnswers.value)} of the others are answered`;
}

function adjusts({ fitted, slope, offset, heldOut }: FittedAdjustment): string {
  const { judge, adjusted } = heldOut;
  return fitted === "nothing"
    ? t`the judge's own: with these labels no fit was better on held-out questions`
    : t`log odds × ${slope.toFixed(2)} ${offset < 0 ? "−" : "+"} ${Math.abs(offset).toFixed(2)} (${fitted}); loss of held-out questions ${judge.toFixed(3)} -> ${adjusted.toFixed(3)}`;
}

function percent(share: number): string {
  return Number.isNaN(share) ? "–" : `${(100 * share).toFixed(1)} %`;
}

function interval({ value, low, high }: Interval): string {
  return Number.isNaN(value)
    ? "–"
    : `${(100 * value).toFixed(1)} [${(100 * low).toFixed(1)}, ${(100 * high).toFixed(1)}]`;
}

/** The columns of the curve. */
const CURVE = ["threshold", "precision", "of all answered", "right of the answerable", "answered of the others"];
