import type { Command } from "commander";
import { check, readGolden, saveGolden, type CheckResult } from "../../app/loop/check.ts";
import { queryRows, readNamedRows } from "../../app/judge/labelled-file.ts";
import { checkFront } from "../../app/shards/check.ts";
import { LtdError } from "../../errors.ts";
import type { GoldenAnswer, GoldenComparison, GoldenScores } from "../../judge/golden.ts";
import { isQuestionHeader, readQuestions, type LabelledQuestion } from "../../judge/labelled-questions.ts";
import { withGeneration } from "../ask.ts";
import { flagsOf, withDatabase, type Context, type GlobalFlags } from "../context.ts";
import { t, translate } from "../language.ts";
import { numberBetween } from "../flag-number.ts";
import { count, renderPairs, say, writeResult } from "../output.ts";

interface CheckFlags {
  query?: string;
  baseline?: string;
  save?: string;
  allow: string;
}

export function defineCheck(verb: Command, context: Context): void {
  verb
    .argument("<index>", "index to ask")
    .argument(
      "[file]",
      "golden questions: CSV, TSV or JSON Lines with question and key (or row); empty: no row answers it",
    )
    .option("--query <sql>", "golden questions from the database instead of a file")
    .option("--baseline <file>", "results before the change, from --save: compare with them")
    .option("--save <file>", "write the results, as a baseline")
    .option("--allow <share>", "how much a share may drop before the exit code is 3", "0.01")
    .addHelpText(
      "after",
      `
Examples:
  ltd-index check faq golden.csv --save before.json
  ltd-index check faq golden.csv --baseline before.json
  ltd-index check faq golden.csv --baseline before.json --allow 0 --json > summary.json
  ltd-index generation switch faq --check golden.csv

Exit code 3 if fewer questions than before have the right first row or the right answer, or more have a wrong one, by more than --allow.`,
    )
    .action(async (name: string, file: string | undefined, _options: object, command: Command) => {
      const flags = flagsOf<CheckFlags>(command);
      const { query, save } = flags;
      if ((file === undefined) === (query === undefined))
        throw new LtdError("usage", "name a file of golden questions, or give --query");
      const allow = numberBetween("--allow", flags.allow, 0, 1);
      const baseline = flags.baseline === undefined ? undefined : await readGolden(flags.baseline);
      const questions =
        file === undefined
          ? await withDatabase(context, flags, async (database) => readQuestions(await queryRows(database, query!)))
          : await readGoldenQuestions(file, flags);
      const options = { ...(baseline && { baseline }), allow, signal: context.signal };
      const result = await withGeneration(context, flags, name, {
        index: (database, generation) => check(database, generation, questions, options),
        front: (front) => checkFront(front, questions, options),
      });
      if (save !== undefined) await saveGolden(save, result);
      await writeResult(context, flags, result, render);
      if (baseline && baseline.index !== name)
        say(context, flags, t`note: the baseline is of the index ${baseline.index}`);
      if (result.comparison !== null && result.comparison.problems.length > 0) context.exitCode = 3;
    });
}

/** Golden questions of a file. */
export async function readGoldenQuestions(file: string, flags: GlobalFlags): Promise<LabelledQuestion[]> {
  return readQuestions(await readNamedRows(file, (cells) => isQuestionHeader(cells), flags));
}

function render({ index, generation, model, scores, comparison }: CheckResult): string {
  const head = { index: t`${index}, generation ${generation} (${model})` };
  if (comparison === null) return renderPairs({ ...head, ...pairsOf(scores, null) });
  return [
    renderPairs({ ...head, ...pairsOf(comparison.after, comparison.before) }),
    ...renderComparison(comparison),
  ].join("\n");
}

function pairsOf(now: GoldenScores, before: GoldenScores | null): Record<string, string | null> {
  const percent = (share: number | null) => (share === null ? "–" : `${(100 * share).toFixed(1)} %`);
  const both = (of: (scores: GoldenScores) => number | null) =>
    before === null ? percent(of(now)) : t`${percent(of(now))} (before: ${percent(of(before))})`;
  return {
    questions: t`${count(now.questions)}, ${count(now.answerable)} with an answer`,
    "first row is right": both(({ r1 }) => r1),
    "right answer": both(({ right }) => right),
    "wrong answer": both(({ wrong }) => wrong),
    precision: both(({ precision }) => precision),
  };
}

/** Changed questions that are shown. */
const SHOWN = 20;

function renderComparison({ paired, added, changes, p, problems }: GoldenComparison): string[] {
  const worse = changes.filter(({ isWorse }) => isWorse).length;
  return [
    renderPairs({
      changed: t`${count(worse)} worse, ${count(changes.length - worse)} better of ${count(paired)} (p = ${p.toFixed(3)})`,
      new: added > 0 ? t`${count(added)} questions are not in the baseline` : null,
    }),
    ...changes.slice(0, SHOWN).map(({ question, isWorse, before, after }) => {
      return `  ${isWorse ? t`worse ` : t`better`}  ${question}: ${says(before)} -> ${says(after)}`;
    }),
    ...(changes.length > SHOWN ? [t`  and ${count(changes.length - SHOWN)} more: --json`] : []),
    ...problems.map((problem) => t`WORSE: ${translate(problem)}`),
  ];
}

/** `answer 17`: the decision and the first row, with a mark where that is the wrong one. */
function says({ decision, first, isFirstRight, isAnswerable }: GoldenAnswer): string {
  if (first === null) return decision;
  return `${decision} ${first}${isAnswerable && !isFirstRight ? t` (wrong row)` : ""}`;
}
