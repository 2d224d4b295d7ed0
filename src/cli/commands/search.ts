import type { Command } from "commander";
import type { Hit, SearchResult } from "../../app/ask/search.ts";
import { requireLimit } from "../../range.ts";
import { askAll, parseWhere, renderPlan, withAsking } from "../ask.ts";
import { renderPartial } from "../output.ts";
import { flagsOf, type Context } from "../context.ts";
import { t } from "../language.ts";

interface SearchFlags {
  limit: string;
  where?: string;
  words?: string;
  explain?: boolean;
}

export function defineSearch(verb: Command, context: Context): void {
  verb
    .argument("<index>", "index to search")
    .argument("[question...]", "words or a question (default: prompts on a terminal, else reads lines)")
    .option("--limit <k>", "rows for each question, 1 to 1000", "10")
    .option("--where <condition>", `only rows that pass: SQL over their columns, or JSON that they contain`)
    .option("--words <weight>", "what the words weigh, 0 to 1 (default: by the lengths of question and rows)")
    .option("--explain", "explain the result: the words searched for, how each row was found, Postgres' plan")
    .addHelpText(
      "after",
      `
Examples:
  ltd-index search faq 退款
  ltd-index search faq docker 启动报错
  ltd-index search faq 退款 --where "category = '支付'" --limit 3
  ltd-index search faq 退款 --where '{"category": "支付"}' --explain
  ltd-index search faq --json < questions.txt > found.jsonl

Unlike match it makes no decision: it returns the best rows. Each is followed by its rank by vector and by words.`,
    )
    .action(async (name: string, words: readonly string[], _options: object, command: Command) => {
      const flags = flagsOf<SearchFlags>(command);
      const limit = Number(flags.limit);
      requireLimit(limit, flags.limit);
      const options = {
        limit,
        ...parseWhere(flags.where),
        ...(flags.words !== undefined && { wordsWeight: Number(flags.words) }),
        ...(flags.explain && { explain: true }),
        signal: context.signal,
      };
      await withAsking(context, flags, name, (asking) =>
        askAll(
          context,
          flags,
          words,
          `ltd-index search ${name} "…"`,
          (questions) => asking.search(questions, options),
          render,
          () => ["bold"],
        ),
      );
    });
}

function render({ question, hits, wordsWeight, explained, partial }: SearchResult): string {
  const lines = [
    question,
    ...(hits.length === 0 ? [t`  nothing`] : hits.map((hit) => renderHit(hit, explained !== undefined))),
    ...renderPartial(partial),
  ];
  if (explained === undefined) return lines.join("\n");
  const { lexemes, plan } = explained;
  lines.push(t`  asked: ${lexemes.join(", ")}`, t`  the words weigh ${wordsWeight?.toFixed(2) ?? t`nothing`}`);
  return [...lines, ...renderPlan(plan)].join("\n");
}

function renderHit({ key, text, vectorRank, wordsRank, ...how }: Hit, explain: boolean): string {
  const ranks = [vectorRank && t`vector ${vectorRank}`, wordsRank && t`words ${wordsRank}`].filter(Boolean);
  const line = `  ${key.join(", ")}  ${text}  (${ranks.join(t`, `)})`;
  if (!explain) return line;
  const { score, similarity, wordsScore, lexemes } = how;
  const says = [
    t`score ${score.toFixed(3)}`,
    t`similarity ${similarity?.toFixed(3) ?? t`none`}`,
    ...(wordsScore === null ? [] : [t`words ${wordsScore.toFixed(1)}: ${lexemes.join(", ")}`]),
  ];
  return `${line}\n      ${says.join(t`, `)}`;
}
