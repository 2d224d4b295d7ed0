import type { Command } from "commander";
import type { Answer } from "../../app/ask/answer.ts";
import { match, type Explanation, type MatchOptions, type MatchResult } from "../../app/ask/match.ts";
import { explainEvidence } from "../../judge/chance/explain.ts";
import { LtdError } from "../../errors.ts";
import { requireLimit } from "../../range.ts";
import { askAll, parseWhere, renderPlan, withAsking } from "../ask.ts";
import { renderPartial } from "../output.ts";
import type { Format } from "../colour.ts";
import { configOf, flagsOf, withoutDatabase, type Context, type GlobalFlags } from "../context.ts";
import { t, translate } from "../language.ts";

interface MatchFlags {
  limit: string;
  where?: string;
  explain?: boolean;
  local?: string;
}

export function defineMatch(verb: Command, context: Context): void {
  verb
    .argument("[index]", "index to ask (with --local: left out)")
    .argument(
      "[question...]",
      "the question, its words joined by blanks (default: prompts on a terminal, else reads lines)",
    )
    .option("--limit <k>", "rows for each question, 1 to 1000", "5")
    .option("--where <condition>", "only rows that pass: SQL over their columns, or JSON that they contain")
    .option("--explain", "explain the decision: the evidence, the thresholds, Postgres' plan")
    .option("--local <file>", "ask a file that `ltd-index export` has written: no database is needed")
    .addHelpText(
      "after",
      `
Examples:
  ltd-index match faq 怎么退款
  ltd-index match faq docker 启动报错
  ltd-index match faq                        prompts for questions until an empty line
  ltd-index match faq 怎么退款 --limit 1 --json
  ltd-index match faq --json < questions.txt > answers.jsonl
  ltd-index match faq 怎么退款 --where "category = '支付'" --explain
  ltd-index match --local faq.ltd 怎么退款

The decision is "answer" (give the first row), "suggest" (ask: did you mean?) or "none" (the table does not have it).`,
    )
    .action(async (first: string | undefined, words: readonly string[], _options: object, command: Command) => {
      const flags = flagsOf<MatchFlags>(command);
      const { local: file, explain, where } = flags;
      const limit = Number(flags.limit);
      requireLimit(limit, flags.limit);
      const options = { limit, ...parseWhere(where), ...(explain && { explain }), signal: context.signal };
      if (file !== undefined)
        return matchLocal(context, flags, file, first === undefined ? [] : [first, ...words], options);
      if (first === undefined) {
        throw new LtdError("usage", "the index is missing", {
          hint: 'ltd-index match faq "…"; ltd-index status names them',
        });
      }
      await withAsking(context, flags, first, (asking) =>
        askAll(
          context,
          flags,
          words,
          `ltd-index match ${first} "…"`,
          (questions) => asking.match(questions, options),
          render,
          formatsOf,
        ),
      );
    });
}

async function matchLocal(
  context: Context,
  flags: MatchFlags & GlobalFlags,
  file: string,
  words: readonly string[],
  options: MatchOptions,
): Promise<void> {
  const { openLocal } = await import("../../app/file/open.ts");
  const local = await openLocal(file, configOf(withoutDatabase(context), flags));
  try {
    if (words.length > 1 && words[0] === local.file.sidecar.index) {
      throw new LtdError("usage", `unexpected argument ${words[0]}: --local already names the index`, {
        hint: `ltd-index match --local ${file} "…"`,
      });
    }
    const ask = (questions: readonly string[]) => match(local.searchable, questions, options);
    await askAll(context, flags, words, `ltd-index match --local ${file} "…"`, ask, render, formatsOf);
  } finally {
    await local.close();
  }
}

/** Share of the suggest threshold from which a first row is no sure match, rather than none at all. */
const PLAUSIBLE = 0.75;

function render({ question, decision, answers, chance, thresholds, explained, partial }: MatchResult): string {
  const isPlausible = chance !== null && chance >= PLAUSIBLE * thresholds.suggest;
  const says = {
    answer: "answer", // the words of the docs, in every language
    suggest: t`suggest: did you mean one of these?`,
    none: isPlausible ? t`none: no sure match` : t`none: no row means this`,
  }[decision];
  const found = answers[0]?.found ?? "vector";
  const why = found !== "vector" ? translate(HITS[found]) : chance === null ? "" : t`chance ${chance.toFixed(2)}`;
  const rows = [...answers.map(renderAnswer), ...renderPartial(partial)];
  const result = [question, `  ${says}${why === "" ? "" : t` (${why})`}`, ...rows];
  return [...result, ...(explained ? renderExplanation(explained) : [])].join("\n");
}

/** The question, and the decision in the colours of a traffic light. */
function formatsOf({ decision }: MatchResult): readonly Format[] {
  return ["bold", ({ answer: "green", suggest: "yellow", none: "red" } as const)[decision]];
}

function renderAnswer({ similarity, key, text, others }: Answer): string {
  const also = others.length === 0 ? "" : t`  (also ${others.map((each) => each.join(", ")).join("; ")})`;
  return `  ${similarity.toFixed(3)}  ${key.join(", ")}  ${text}${also}`;
}

function renderExplanation({ thresholds, evidence, plan }: Explanation): string[] {
  const { answer, suggest, margin, source, stale } = thresholds;
  return [
    ...(evidence ? explainEvidence(evidence).map((sentence) => `  ${translate(sentence)}`) : []),
    t`  thresholds: answer ${answer}, suggest ${suggest}, margin ${margin} (${translate(SOURCES[source])})${stale === null ? "" : t`; ${translate(stale)}`}`,
    ...renderPlan(plan),
  ];
}

const HITS = { exact: "the same question", alias: "an alias" };
const SOURCES = { calibrated: "calibrated", set: "set by hand", model: "of the model" };
