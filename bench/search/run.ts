/**
 * How well `search` finds, beside its legs alone and a control without training, on the FAQs of the development sets: see
 * `npm run bench:search -- --help`.
 */
import { parseArgs } from "node:util";
import { add, createEmbedder, init, openDatabase, type Embedder } from "../../src/index.ts";
import { sync } from "../../src/app/keep/sync.ts";
import type { Database } from "../../src/db/database.ts";
import type { IndexRecord } from "../../src/db/index-record.ts";
import { getIndex } from "../../src/db/indexes/find-index.ts";
import { nearest } from "../../src/db/ask/nearest.ts";
import { searchRows } from "../../src/db/ask/search.ts";
import { BigramBm25, InvertedRows } from "../../src/judge/controls.ts";
import { rankOf, reciprocalRank } from "../../src/judge/metrics.ts";
import { askedLexemes } from "../../src/text/lexemes.ts";
import { rowOf } from "../../src/vector/matrix.ts";
import { number, table } from "../shared/markdown.ts";
import { runScript, timed } from "../shared/step.ts";
import { withEmptyDatabase } from "../shared/target.ts";
import type { Faq } from "./faq.ts";
import { liveFaqs, TOKEN_FORMS, tokenFaq } from "./live.ts";

const HELP = `Usage: npm run bench:search -- --eval DIR [options]

Asks every question of three FAQs, and of sixteen as people ask (live), by vectors alone, by words alone, by words and pairs of characters, and by both
(search), also without exact tokens and without pairs of letters, and counts how often the right row is the first (R@1), and 1 / its rank
(MRR@10). Rows of one score count as before the right one. The tables of live are asked for their names, codes and numbers, too: alone, in a sentence, and
with a typo.

  --eval DIR            the development sets
  --python FILE         Python (default: LTD_PYTHON, else python3); it needs no packages
  --database-url URL    a server, in a new database that is dropped at the end (default: an embedded one)
  --model MODEL         a bundled model or a folder (default: the bundled one)
  --every N             only every Nth question (default 1: all)
  --sets LIST           of law, covid, medical and live (default: all)
  --json                one JSON document on the last line instead of the table

Examples:
  npm run bench:search -- --eval ../eval
  npm run bench:search -- --eval ../eval --every 10 --database-url postgres://app:app@127.0.0.1:5432/app
  npm run --silent bench:search -- --eval ../eval --json > search.json
`;

/** The sets of --sets, by what distill/evalsets.py calls them. */
const SETS = { law: "diac2019_law", covid: "covid", medical: "medical_toyhom", live: "live" } as const;

const k = 10;
/** Questions that are under way at once. */
const TOGETHER = 4;
const systems = [
  "vectors",
  "words",
  "words and pairs",
  "bigram BM25",
  "search, no exact tokens",
  "search, no pairs of letters",
  "search",
] as const;
type System = (typeof systems)[number];
type Ranks = Record<System, number>;

function readSettings() {
  const { values } = parseArgs({
    options: {
      eval: { type: "string" },
      python: { type: "string", default: process.env["LTD_PYTHON"] ?? "python3" },
      "database-url": { type: "string" },
      model: { type: "string" },
      every: { type: "string", default: "1" },
      sets: { type: "string", default: "law,covid,medical,live" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const every = Number(values.every);
  if (!Number.isInteger(every) || every < 1) {
    throw new Error(`--every is ${values.every}, but must be a whole number from 1`);
  }
  const sets = values.sets.split(",").map((name) => {
    if (Object.hasOwn(SETS, name)) return name as keyof typeof SETS;
    throw new Error(`--sets has ${name}, but knows ${Object.keys(SETS).join(", ")}`);
  });
  return { ...values, every, sets };
}

/** The rank of the right row in what was found; those of the same score stand before it. */
function rankIn<Found extends { key: readonly string[] }>(
  found: readonly Found[],
  right: number,
  scoreOf: (row: Found) => number,
): number {
  const own = found.find(({ key }) => key[0] === String(right));
  return own ? found.filter((row) => scoreOf(row) >= scoreOf(own)).length : k + 1;
}

/** Loads the rows of an FAQ into an index. */
async function load(
  database: Database,
  embedder: Embedder,
  name: string,
  corpus: readonly string[],
): Promise<IndexRecord> {
  await database.query(`create table ${name} (id integer primary key, title text)`);
  const ids = corpus.map((_, at) => at);
  await database.query(`insert into ${name} select * from unnest($1::integer[], $2::text[])`, [ids, corpus]);
  await add(database, embedder.model, { table: name });
  const index = await getIndex(database, name);
  await sync(database, index, embedder);
  return index;
}

/** The rank of the right row of every question, in each system. */
async function ranksOf(
  database: Database,
  embedder: Embedder,
  index: IndexRecord,
  faq: Faq,
  every: number,
): Promise<Ranks[]> {
  const bm25 = new BigramBm25(faq.corpus);
  const grams = new InvertedRows(bm25.rows);

  const ask = async (at: number): Promise<Ranks> => {
    const text = faq.queries[at]!;
    const right = faq.right[at]!;
    const input = embedder.encode(text);
    const control = rankOf(grams.products(bm25.question(text)), right);
    if (input === undefined) throw new Error(`the question ${text} has no letter or digit`);
    const vector = rowOf(await embedder.embedInputs([input]), 0);
    const lexemes = askedLexemes(input);
    const inexact = lexemes.filter((lexeme) => !lexeme.startsWith('"'));
    const words = inexact.filter((lexeme) => !lexeme.includes(" "));
    const bySearch = async (asked: string[]) =>
      rankIn(await searchRows(database, index, vector, asked, k), right, ({ score }) => score);
    const byWords = async (asked: string[]) =>
      rankIn(await searchRows(database, index, null, asked, k), right, ({ wordsScore }) => wordsScore!);
    return {
      vectors: rankIn(await nearest(database, index, vector, k), right, ({ similarity }) => similarity),
      words: await byWords(words),
      "words and pairs": await byWords(inexact),
      "bigram BM25": control,
      "search, no exact tokens": await bySearch(inexact),
      "search, no pairs of letters": await bySearch(lexemes.filter((lexeme) => !/^[a-z0-9] [a-z0-9]$/.test(lexeme))),
      search: await bySearch(lexemes),
    };
  };
  // one iterator for all that work: each takes the next
  const wanted = [...faq.queries.keys()].filter((at) => at % every === 0).values();
  const found: Ranks[] = [];
  const work = async () => {
    for (const at of wanted) found.push(await ask(at));
  };
  await Promise.all(Array.from({ length: TOGETHER }, work));
  return found;
}

/** The ranks by set: those of each FAQ, and together those of all tables of `live`, asked by people and for their tokens. */
async function allRanks(
  database: Database,
  embedder: Embedder,
  faqs: Readonly<Record<string, Faq>>,
  { eval: folder = "", every, sets }: { eval?: string | undefined; every: number; sets: (keyof typeof SETS)[] },
): Promise<Map<string, Ranks[]>> {
  const found = new Map<string, Ranks[]>();
  const measure = async (set: string, index: IndexRecord, faq: Faq) =>
    found.set(set, [...(found.get(set) ?? []), ...(await ranksOf(database, embedder, index, faq, every))]);
  for (const name of sets) {
    if (name === "live") continue;
    const faq = faqs[SETS[name]]!;
    const index = await load(database, embedder, name, faq.corpus);
    await timed(name, () => measure(name, index, faq));
  }
  if (!sets.includes("live")) return found;
  for (const [name, faq] of liveFaqs(folder)) {
    const index = await load(database, embedder, `live_${name}`, faq.corpus);
    await timed(name, async () => {
      await measure("live", index, faq);
      for (const form of TOKEN_FORMS) await measure(`token ${form}`, index, tokenFaq(faq, form));
    });
  }
  return found;
}

async function main(): Promise<void> {
  const settings = readSettings();
  if (settings.help) {
    process.stdout.write(HELP);
    return;
  }
  if (settings.eval === undefined) throw new Error("--eval is missing: the folder of the development sets");
  const faqs = JSON.parse(await runScript(settings.python, "faqs.py", ["--eval", settings.eval])) as Record<
    string,
    Faq
  >;
  const embedder = await createEmbedder({ threads: 1, ...(settings.model && { model: settings.model }) });
  const scores = await withEmptyDatabase(settings["database-url"], async (target) => {
    const database = await openDatabase({ ...target, create: true });
    try {
      await init(database, embedder.model);
      const measured = [];
      for (const [name, ranks] of await allRanks(database, embedder, faqs, settings)) {
        for (const system of systems) {
          const mean = (of: (rank: number) => number) =>
            (100 * ranks.reduce((sum, each) => sum + of(each[system]), 0)) / ranks.length;
          measured.push({
            set: name,
            questions: ranks.length,
            system,
            "R@1": mean((rank) => (rank === 1 ? 1 : 0)),
            "MRR@10": mean((rank) => reciprocalRank(rank)),
          });
        }
      }
      return measured;
    } finally {
      await database.close();
    }
  });
  await embedder.close();
  if (settings.json) {
    process.stdout.write(
      `${JSON.stringify({ model: embedder.model.description.id, every: settings.every, scores })}\n`,
    );
    return;
  }
  const lines = [...new Set(scores.map(({ set }) => set))].flatMap((name) =>
    (["R@1", "MRR@10"] as const).map((measure) => {
      const of = scores.filter(({ set }) => set === name);
      return [`${name} ${measure}`, number(of[0]!.questions), ...of.map((each) => number(each[measure], 1))];
    }),
  );
  process.stdout.write(table(["set", "questions", ...systems], lines));
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
