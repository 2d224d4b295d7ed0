import { match } from "../../src/app/ask/match.ts";
import { searchableIndex } from "../../src/app/ask/searchable.ts";
import { add } from "../../src/app/keep/add.ts";
import { init } from "../../src/app/keep/init.ts";
import { sync } from "../../src/app/keep/sync.ts";
import { calibrate } from "../../src/app/judge/calibrate.ts";
import { journalQuestions } from "../../src/app/loop/labels.ts";
import { gaps } from "../../src/app/loop/gaps.ts";
import { setLog } from "../../src/app/operate/log.ts";
import { QuestionLog } from "../../src/app/loop/question-log.ts";
import { feedback } from "../../src/app/loop/feedback.ts";
import { accept, acceptVoted, setAside } from "../../src/app/shards/curate.ts";
import type { Database } from "../../src/db/database.ts";
import { getIndex } from "../../src/db/indexes/find-index.ts";
import { openDatabase } from "../../src/db/connect/open.ts";
import type { Embedder } from "../../src/embed/embedder.ts";
import { LtdError } from "../../src/errors.ts";
import { Random } from "../../src/vector/random.ts";
import { number, table } from "../shared/markdown.ts";
import { withEmptyDatabase } from "../shared/target.ts";
import { everydayReplay, lawReplay, type Asked, type Replay } from "./loop-replays.ts";

/** What a table is like after some weeks. */
export interface WeekScore {
  replay: string;
  /** 0: before. */
  week: number;
  /** Questions that were asked in the week, gaps that were seen, wordings that were accepted, and those of them for a wrong row. */
  asked: number;
  gaps: number;
  accepted: number;
  wrongly: number;
  /** Shares, of the measuring questions of rows with traffic. */
  r1: number;
  /** Of those whose first row is right, the share that is answered. */
  answered: number;
  /** Of the answers, the share that is right. */
  precision: number;
  /** R@1 of the rows without traffic. */
  untouched: number;
}

/** Precision that the curator asks of `calibrate --journal`, each week. */
const PROMISED = 0.9;
/** Accepts that are wrong: for the nearest row that is not right. */
const WRONG = 0.05;
/** Users who vote; one who was given a wrong row and votes names the right one half of the time. */
const VOTES = 0.5;

/** Replays four weeks of traffic, with a curator at the end of each, on the legal FAQ and on the everyday tables. */
export async function measureLoop(
  embedder: Embedder,
  folder: string,
  url: string | undefined,
  every: number,
): Promise<WeekScore[]> {
  const scores: WeekScore[] = [];
  for (const replay of [lawReplay(folder, every), everydayReplay(folder)]) {
    await withEmptyDatabase(url, async (target) => {
      const database = await openDatabase(
        "url" in target ? { url: target.url } : { folder: target.folder, create: true },
      );
      try {
        for await (const score of play(database, embedder, replay)) {
          scores.push(score);
          process.stderr.write(`${JSON.stringify(score)}\n`);
        }
      } finally {
        await database.close();
      }
    });
  }
  return scores;
}

async function* play(database: Database, embedder: Embedder, replay: Replay): AsyncGenerator<WeekScore> {
  const random = new Random(1);
  await init(database, embedder.model);
  await database.query("create table faq (key text primary key, text text not null)");
  await database.query("insert into faq select * from unnest($1::text[], $2::text[])", [
    replay.rows.map(({ key }) => key),
    replay.rows.map(({ text }) => text),
  ]);
  await add(database, embedder.model, { table: "faq", template: "{text}" });
  const bring = async () => sync(database, await getIndex(database, "faq"), embedder);
  await bring();
  await setLog(database, "faq");
  const nothing = { asked: 0, gaps: 0, accepted: 0, wrongly: 0 };
  yield { replay: replay.name, week: 0, ...nothing, ...(await score(database, embedder, replay)) };
  for (const [week, traffic] of replay.weeks.entries()) {
    const asked = await askAll(database, embedder, traffic, random);
    const curated = await curate(database, embedder, traffic, random);
    await bring();
    const learnt = await journalQuestions(database, "faq");
    const found = await calibrate(database, await getIndex(database, "faq"), embedder, {
      precision: PROMISED,
      keepGood: true,
      ...learnt,
    });
    process.stderr.write(`${JSON.stringify({ ...found, curve: undefined })}\n`);
    yield { replay: replay.name, week: week + 1, asked, ...curated, ...(await score(database, embedder, replay)) };
  }
}

/** Asks every question of a week one to three times, as users do, who vote now and then. */
async function askAll(
  database: Database,
  embedder: Embedder,
  traffic: readonly Asked[],
  random: Random,
): Promise<number> {
  const log = new QuestionLog(database, "faq", "serve");
  const searchable = searchableIndex(database, { record: await getIndex(database, "faq"), embedder }, log);
  const asked = traffic.flatMap((each) => Array.from({ length: 1 + random.below(3) }, () => each));
  const votes: Parameters<typeof feedback>[1][] = [];
  for (let start = 0; start < asked.length; start += 64) {
    const chunk = asked.slice(start, start + 64);
    const results = await match(
      searchable,
      chunk.map(({ question }) => question),
      { limit: 1 },
    );
    results.forEach(({ questionId, decision, answers }, at) => {
      if (questionId === null || decision !== "answer" || random.next() >= VOTES) return;
      const { right } = chunk[at]!;
      const helped = right.includes(answers[0]!.key[0]!);
      const names = !helped && right.length > 0 && random.next() < 0.5;
      votes.push({ questionId, helped, voter: `user ${start + at}`, ...(names && { chosen: right[0]! }) });
    });
    await log.flush();
  }
  for (const vote of votes) await feedback(database, vote);
  return asked.length;
}

/** Accepts every gap for the row that answers its first question, a few for a wrong one, and dismisses what no row answers; then what users confirmed. */
async function curate(database: Database, embedder: Embedder, traffic: readonly Asked[], random: Random) {
  const rightOf = new Map(traffic.map(({ question, right }) => [question, right]));
  const found = await gaps(
    database,
    { record: await getIndex(database, "faq"), embedder },
    { limit: 10_000, questions: 100_000 },
  );
  let [accepted, wrongly] = [0, 0];
  for (const gap of found.gaps) {
    const right = rightOf.get(gap.question);
    if (right === undefined) continue; // of an earlier week: it was seen then
    const questions = gap.questions.map(({ question }) => question);
    if (right.length === 0) {
      await setAside(database, "faq", "dismiss", questions);
      continue;
    }
    const other = gap.nearest.find(({ key }) => !right.includes(key[0]!));
    const isWrong = other !== undefined && random.next() < WRONG;
    try {
      accepted += (await accept(database, "faq", isWrong ? other.key : right[0]!, questions)).questions.length;
      if (isWrong) wrongly += questions.length;
    } catch (error) {
      // two of a group are wordings of other rows by now
      if (!(error instanceof LtdError && error.code === "input")) throw error;
    }
  }
  for (const { questions } of await acceptVoted(database, "faq", { least: 1 })) accepted += questions.length;
  return { gaps: found.groups, accepted, wrongly };
}

async function score(database: Database, embedder: Embedder, { touched, untouched }: Replay) {
  const searchable = searchableIndex(database, { record: await getIndex(database, "faq"), embedder });
  const ask = async (some: readonly Asked[]) => {
    const found: { isRight: boolean; isAnswered: boolean }[] = [];
    for (let start = 0; start < some.length; start += 64) {
      const chunk = some.slice(start, start + 64);
      const results = await match(
        searchable,
        chunk.map(({ question }) => question),
        { limit: 1 },
      );
      results.forEach(({ decision, answers: [first] }, at) => {
        const keys = first === undefined ? [] : [first.key, ...first.others].map(([key]) => key!);
        const isRight = keys.some((key) => chunk[at]!.right.includes(key));
        found.push({ isRight, isAnswered: decision === "answer" });
      });
    }
    return found;
  };
  const share = <Each>(of: readonly Each[], test: (each: Each) => boolean) => of.filter(test).length / of.length;
  const found = await ask(touched);
  const right = found.filter(({ isRight }) => isRight);
  const answers = found.filter(({ isAnswered }) => isAnswered);
  return {
    r1: share(found, ({ isRight }) => isRight),
    answered: share(right, ({ isAnswered }) => isAnswered),
    precision: share(answers, ({ isRight }) => isRight),
    untouched: share(await ask(untouched), ({ isRight }) => isRight),
  };
}

/** A row a week. */
export function loopTable(scores: readonly WeekScore[]): string {
  const percent = (share: number) => number(100 * share, 1);
  return table(
    [
      "x 100",
      "week",
      "asked",
      "gaps",
      "accepted",
      "of these wrong",
      "R@1",
      "answered of the right",
      "precision",
      "R@1 of untouched rows",
    ],
    scores.map((each) => [
      each.replay,
      each.week === 0 ? "before" : String(each.week),
      number(each.asked, 0),
      number(each.gaps, 0),
      number(each.accepted, 0),
      number(each.wrongly, 0),
      percent(each.r1),
      percent(each.answered),
      percent(each.precision),
      percent(each.untouched),
    ]),
  );
}
