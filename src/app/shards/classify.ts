import type { Database } from "../../db/database.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import { listFronts, type FrontRecord } from "../../db/indexes/front.ts";
import {
  deleteClassifier,
  getClassifier,
  readClassifiers,
  saveClassifier,
  type ClassifierRecord,
} from "../../db/results/classifier.ts";
import type { LabelledTexts } from "../../judge/labelled.ts";
import { readBehind } from "../behind.ts";
import * as one from "../judge/classifiers.ts";
import type { ClassifierStatus } from "../judge/classifiers.ts";
import { classifyRows } from "../judge/classify-rows.ts";
import {
  describeTrained,
  learnClasses,
  newClassifier,
  type TrainClassesOptions,
  type TrainClassesResult,
} from "../judge/train-classes.ts";
import { allOf, inEach, onEachShard, withShards } from "./each.ts";
import type { Front } from "./front.ts";
import { openParts } from "./rows.ts";

/**
 * Learns classes from examples, once, and gives the rows of each shard their class. See `trainClasses`.
 *
 * @throws LtdError "database" where a shard does not answer: nothing is saved then
 */
export function trainFront(
  front: Front,
  name: string,
  examples: LabelledTexts,
  options: TrainClassesOptions = {},
): Promise<TrainClassesResult> {
  return front.latest(async ({ embedder, fingerprint }) => {
    const parts = await openParts(front.shards, fingerprint);
    const learnt = await learnClasses(embedder, examples, options);
    const saved = newClassifier(name, examples, options, learnt);
    const databases = parts.map(({ database }) => database);
    await inEach(databases, async (txs) => {
      for (const [at, { record }] of parts.entries()) await saveClassifier(txs[at]!, record, saved);
    });
    let [classified, pending] = [0, 0];
    for (const { database, record } of parts) {
      classified += await classifyRows(database, record, await getClassifier(database, name));
      pending += (await readBehind(database, record)).pending;
    }
    const index = { name: front.name, modelId: fingerprint.model };
    return { ...describeTrained(name, index, examples, learnt), classified, pending };
  });
}

/** Runs `work` with a classifier of this database, or of a front. That is on its first shard: all have the same. */
export async function withClassifier<T>(
  database: Database,
  name: string,
  work: (database: Database, record: ClassifierRecord) => Promise<T>,
): Promise<T> {
  const front = await frontWith(database, name);
  if (front === undefined) return work(database, await getClassifier(database, name));
  return withShards(database, front, async ([first]) => {
    const { database: there } = await first!.live();
    return work(there, await getClassifier(there, name));
  });
}

/** The front whose first shard has a classifier; undefined: this database has it, or there is none. */
async function frontWith(database: Database, name: string): Promise<FrontRecord | undefined> {
  if ((await readClassifiers(database, { name })).length > 0) return undefined;
  for (const front of await listFronts(database)) {
    const found = await withShards(database, front, async ([first]) => {
      const { database: there, record } = await first!.live();
      return readClassifiers(there, { name, index: record.name });
    });
    if (found.length > 0) return front;
  }
  return undefined;
}

/**
 * All classifiers of a database, and those of the shards of its fronts, which must all answer.
 *
 * @example
 * const database = await openDatabase();
 * for (const { classifier, rows } of await listClassifiers(database)) console.log(classifier, rows);
 */
export async function listClassifiers(database: Database): Promise<ClassifierStatus[]> {
  const found = await one.listClassifiers(database);
  for (const front of await listFronts(database)) {
    const shards = await withShards(database, front, async (open) => allOf(await onEachShard(open, statusesOf)));
    for (const status of shards[0]!) {
      const same = shards.flatMap((each) => each.find(({ classifier }) => classifier === status.classifier) ?? []);
      found.push(addRows(front.name, same));
    }
  }
  return found;
}

async function statusesOf(database: Database, { name }: IndexRecord): Promise<ClassifierStatus[]> {
  return (await one.listClassifiers(database)).filter(({ index }) => index === name);
}

/** One classifier as several shards have it. */
function addRows(index: string, same: readonly ClassifierStatus[]): ClassifierStatus {
  const rows = new Map<string | null, number>();
  for (const { label, rows: count } of same.flatMap((each) => each.rows))
    rows.set(label, (rows.get(label) ?? 0) + count);
  const most = [...rows].sort(([one, few], [other, many]) => many - few || (String(one) < String(other) ? -1 : 1));
  return {
    ...same[0]!,
    index,
    isLive: same.every(({ isLive }) => isLive),
    rows: most.map(([label, count]) => ({ label, rows: count })),
  };
}

/**
 * Drops a classifier and its table of classes; of a front on all shards, which must all answer. Throws LtdError "index"
 * when there is none of this name.
 * @example
 * const database = await openDatabase();
 * await dropClassifier(database, "intents");
 */
export async function dropClassifier(database: Database, name: string): Promise<void> {
  const front = await frontWith(database, name);
  if (front === undefined) return one.dropClassifier(database, name);
  await withShards(database, front, async (shards) => {
    const all = allOf(
      await onEachShard(shards, async (there, { name: index }) => {
        const has = (await readClassifiers(there, { name, index })).length > 0;
        return has ? [there] : [];
      }),
    ).flat();
    await inEach(all, async (txs) => {
      for (const tx of txs) await deleteClassifier(tx, name);
    });
  });
}
