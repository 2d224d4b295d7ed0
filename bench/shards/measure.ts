import { openIndex, rowOf, type Database, type Embedder, type Index } from "../../src/index.ts";
import { nearest } from "../../src/db/ask/nearest.ts";
import type { IndexRecord } from "../../src/db/index-record.ts";
import { getIndex } from "../../src/db/indexes/find-index.ts";
import { vectorText } from "../../src/db/statement/vector-text.ts";
import { median } from "../shared/ratio.ts";
import { INDEX, type Prepared } from "./prepare.ts";

/** The ways to ask: the library and `ltd.match`, each of one index and of a front. */
export const WAYS = ["one, library", "shards, library", "one, ltd.match", "shards, ltd.match"] as const;
export type Way = (typeof WAYS)[number];

/** What one way gave. */
export interface WayMeasurement {
  way: Way;
  /** Of the ten nearest rows, the share that was found. */
  recall: number;
  p50Ms: number;
  /** The median latency as a multiple of the same way's on one index. */
  ratio: number;
}

/** Questions a second with all callers at once, in the better of the rounds. */
export interface Throughput {
  callers: number;
  library: number;
  /** Of callers with connections of their own to each shard, who embed and merge themselves. */
  direct: number;
  ratio: number;
}

const K = 10;
/** Candidates that the library keeps; ltd.match has 100. */
const EF = 40;

/** Asks all ways in turn, question by question. */
export async function measureWays(
  { one, front }: Prepared,
  embedder: Embedder,
  questions: readonly string[],
): Promise<WayMeasurement[]> {
  const indexes = {
    one: await openIndex({ index: INDEX, database: one, threads: 1 }),
    shards: await openIndex({ index: INDEX, database: front, threads: 1 }),
  };
  const ask: Record<Way, (question: string) => Promise<string[]>> = {
    "one, library": (question) => byLibrary(indexes.one, question),
    "shards, library": (question) => byLibrary(indexes.shards, question),
    "one, ltd.match": (question) => bySql(one, question),
    "shards, ltd.match": (question) => bySql(front, question),
  };
  const times = new Map(WAYS.map((way) => [way, [] as number[]]));
  const recalls = new Map(WAYS.map((way) => [way, [] as number[]]));
  for (const way of WAYS) await ask[way](questions[0]!);
  for (const question of questions) {
    const exact = await exactKeys(one, embedder, question);
    for (const way of WAYS) {
      const started = performance.now();
      const found = new Set(await ask[way](question));
      times.get(way)!.push(performance.now() - started);
      recalls.get(way)!.push(exact.filter((key) => found.has(key)).length / exact.length);
    }
  }
  await indexes.one.close();
  await indexes.shards.close();
  const p50 = (way: Way) => median(times.get(way)!);
  return WAYS.map((way) => ({
    way,
    recall: recalls.get(way)!.reduce((sum, each) => sum + each, 0) / questions.length,
    p50Ms: p50(way),
    ratio: p50(way) / p50(way.endsWith("library") ? "one, library" : "one, ltd.match"),
  }));
}

/** The keys of the answers, rows of the same text among them. */
async function byLibrary(index: Index, question: string): Promise<string[]> {
  const { answers, partial } = await index.match(question, { limit: K, efSearch: EF });
  if (partial !== undefined) throw new Error(`${partial.join(", ")} did not answer`);
  return answers.flatMap(({ key, others }) => [key, ...others].map((each) => each.join()));
}

async function bySql(database: Database, question: string): Promise<string[]> {
  const rows = await database.query<{ key: string[]; others: string[][] }>(
    `select key, others from ltd.match('${INDEX}', $1, ${K})`,
    [question],
  );
  return rows.flatMap(({ key, others }) => [key, ...others].map((each) => each.join()));
}

/** The ten nearest rows, by comparing all. */
async function exactKeys(one: Database, embedder: Embedder, question: string): Promise<string[]> {
  const vector = vectorText(rowOf(await embedder.embed([question]), 0));
  return one.transaction(async (tx) => {
    await tx.query("set local enable_indexscan = off");
    const rows = await tx.query<{ key: string }>(
      `select key::text as key from ltd.entry_${INDEX} where embedding is not null order by embedding <=> $1::vector limit ${K}`,
      [vector],
    );
    return rows.map(({ key }) => key);
  });
}

/** Callers at once, by the library and by connections of their own, in turn. */
export async function measureThroughput(
  { front, shards }: Prepared,
  embedder: Embedder,
  questions: readonly string[],
  { callers, seconds, rounds }: { callers: number; seconds: number; rounds: number },
): Promise<Throughput> {
  const index = await openIndex({ index: INDEX, database: front, threads: 1, connections: 16 });
  const records = await Promise.all(shards.map((shard) => getIndex(shard, INDEX)));
  const direct = (question: string) => askDirectly(shards, records, embedder, question);
  const best = { library: 0, direct: 0 };
  for (let round = 0; round < rounds; round++) {
    best.library = Math.max(best.library, await rate(callers, seconds, questions, (each) => byLibrary(index, each)));
    best.direct = Math.max(best.direct, await rate(callers, seconds, questions, direct));
  }
  await index.close();
  return { callers, ...best, ratio: best.library / best.direct };
}

/** What a caller does who knows the shards: embeds, asks each for as many rows as the library does, and merges. */
async function askDirectly(
  shards: readonly Database[],
  records: readonly IndexRecord[],
  embedder: Embedder,
  question: string,
): Promise<unknown> {
  const vector = rowOf(await embedder.embed([question]), 0);
  const near = await Promise.all(
    shards.map((shard, at) => nearest(shard, records[at]!, vector, 2 * (K + 1), { efSearch: EF })),
  );
  return near
    .flat()
    .toSorted((one, other) => other.similarity - one.similarity)
    .slice(0, K);
}

/** Questions a second of callers with one question at a time each. */
async function rate(
  callers: number,
  seconds: number,
  questions: readonly string[],
  ask: (question: string) => Promise<unknown>,
): Promise<number> {
  let asked = 0;
  const started = performance.now();
  const call = async (): Promise<void> => {
    do await ask(questions[asked++ % questions.length]!);
    while (performance.now() - started < seconds * 1_000);
  };
  await Promise.all(Array.from({ length: callers }, call));
  return asked / ((performance.now() - started) / 1_000);
}
