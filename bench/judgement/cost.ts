import { match } from "../../src/app/ask/match.ts";
import { searchableIndex } from "../../src/app/ask/searchable.ts";
import { installSql } from "../../src/app/functions/install.ts";
import { add } from "../../src/app/keep/add.ts";
import { init } from "../../src/app/keep/init.ts";
import { sync } from "../../src/app/keep/sync.ts";
import type { Database } from "../../src/db/database.ts";
import { getIndex } from "../../src/db/indexes/find-index.ts";
import { openDatabase } from "../../src/db/connect/open.ts";
import type { Embedder } from "../../src/embed/embedder.ts";
import { startClock, type Span } from "../shared/clock.ts";
import { number, table } from "../shared/markdown.ts";
import { median } from "../shared/ratio.ts";
import { withEmptyDatabase } from "../shared/target.ts";
import { everydayReplay } from "./loop-replays.ts";

/** What a question takes one way of asking. */
export interface QuestionCost {
  readonly way: "library" | "ltd.match";
  /** Milliseconds a question by the clock, median of the turns. */
  readonly withoutMs: number;
  readonly withMs: number;
  /** How much longer with the judge: the median and both quartiles over the turns. */
  readonly more: { readonly median: number; readonly lower: number; readonly upper: number };
  /** The same by CPU time of this process, median. The embedded database runs in it, a server does not. */
  readonly moreByCpu: number;
}

const [QUESTIONS, ROUNDS, TURN] = [50, 4, 5];

/**
 * Asks the everyday tables, as one, with the judge and by fixed similarities. The two take turns of five questions, so that
 * other work on the machine hits both.
 */
export async function measureCost(
  embedder: Embedder,
  folder: string,
  url: string | undefined,
): Promise<QuestionCost[]> {
  const { rows, touched, untouched } = everydayReplay(folder);
  const all = [...touched, ...untouched].map(({ question }) => question);
  const questions = all.filter((_, at) => at % Math.ceil(all.length / QUESTIONS) === 0);
  return withEmptyDatabase(url, async (target) => {
    const database = await openDatabase(
      "url" in target ? { url: target.url } : { folder: target.folder, create: true },
    );
    try {
      await init(database, embedder.model);
      await database.query("create table faq (key text primary key, text text not null)");
      await database.query("insert into faq select * from unnest($1::text[], $2::text[])", [
        rows.map(({ key }) => key),
        rows.map(({ text }) => text),
      ]);
      await add(database, embedder.model, { table: "faq", template: "{text}" });
      await sync(database, await getIndex(database, "faq"), embedder);
      await installSql(database);
      return [
        await measure("library", questions, await library(database, embedder)),
        await measure("ltd.match", questions, sql(database)),
      ];
    } finally {
      await database.close();
    }
  });
}

/** Asks a question; the argument says whether the judge decides. */
type Way = (withJudge: boolean) => Promise<(question: string) => Promise<unknown>>;

async function library(database: Database, embedder: Embedder): Promise<Way> {
  const record = await getIndex(database, "faq");
  const { judge: _, ...model } = embedder.model;
  // spread over the prototype, so that the embedder keeps its methods
  const withoutJudge: Embedder = Object.assign(Object.create(embedder) as Embedder, { model });
  const ways = [withoutJudge, embedder].map((each) => searchableIndex(database, { record, embedder: each }));
  return async (withJudge) => (question) => match(ways[Number(withJudge)]!, [question]);
}

function sql(database: Database): Way {
  return async (withJudge) => {
    await database.query("update ltd.student set has_judge = $1", [withJudge]);
    return (question) => database.query("select key, decision from ltd.match('faq', $1, 5)", [question]);
  };
}

async function measure(way: QuestionCost["way"], questions: readonly string[], of: Way): Promise<QuestionCost> {
  const spans: [Span[], Span[]] = [[], []];
  for (let round = -1; round < ROUNDS; round++) {
    for (let from = 0; from + TURN <= questions.length; from += TURN) {
      const turn = questions.slice(from, from + TURN);
      // each is the first in every second turn
      for (const withJudge of (round + from / TURN) % 2 === 0 ? [false, true] : [true, false]) {
        const ask = await of(withJudge);
        const stop = startClock();
        for (const question of turn) await ask(question);
        if (round >= 0) spans[withJudge ? 1 : 0].push(stop()); // the first round warms up
      }
    }
  }
  const [without, having] = spans;
  const milliseconds = (each: readonly Span[]) => (1000 * median(each.map(({ seconds }) => seconds))) / TURN;
  const more = (of: keyof Span) => without.map((each, turn) => having[turn]![of] / each[of] - 1);
  const sorted = more("seconds").toSorted((a, b) => a - b);
  return {
    way,
    withoutMs: milliseconds(without),
    withMs: milliseconds(having),
    more: { median: median(sorted), lower: sorted[sorted.length >> 2]!, upper: sorted[(3 * sorted.length) >> 2]! },
    moreByCpu: median(more("cpuSeconds")),
  };
}

export function costTable(costs: readonly QuestionCost[]): string {
  const share = (value: number) => `${value < 0 ? "−" : "+"}${number(Math.abs(100 * value), 1)} %`;
  return table(
    ["asked by", "by similarities, ms", "with the judge, ms", "more", "quartiles", "more by CPU of this process"],
    costs.map(({ way, withoutMs, withMs, more, moreByCpu }) => [
      way,
      number(withoutMs, 2),
      number(withMs, 2),
      share(more.median),
      `${share(more.lower)}, ${share(more.upper)}`,
      share(moreByCpu),
    ]),
  );
}
