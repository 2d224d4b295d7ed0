import type { Database } from "../../db/database.ts";
import { documentFrequencies } from "../../db/entries/entry.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import { getIndex } from "../../db/indexes/find-index.ts";
import { findFront } from "../../db/indexes/front.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { anotherModel } from "../../db/schema/model.ts";
import { readWeights, type StoredWeight, type StoredWeights } from "../../db/indexes/weight.ts";
import { loadModel, type ModelPackage } from "../../embed/model-package.ts";
import { LtdError } from "../../errors.ts";
import { normalize } from "../../text/normalize.ts";
import { idfOf } from "../../text/tables.ts";
import { checkWanted, type WantedWeight } from "./wanted-weight.ts";
import { withShards } from "../shards/each.ts";
import { onEveryIndex } from "./every-index.ts";
import type { GenerationOptions } from "./generation.ts";
import { buildGeneration, switchGeneration } from "./generation-shards.ts";

/** What a word weighs in an index. */
export interface ShownWeight extends StoredWeight {
  word: string;
  /** In the model's table; null for a word that it does not have, which gets the largest IDF there is. */
  modelIdf: number | null;
}

/** What a change of weights did. */
export interface WeightsResult {
  index: string;
  /** Words that weigh something else now. */
  changed: number;
  /** Live now; the same as before if nothing changed. */
  generation: number;
  /** Rows that were embedded again. */
  embedded: number;
  seconds: number;
}

/** Rows that the base table counts for: see {@link fitWeights}. */
export const FIT_PRIOR = 1_000;
/** Fewest rows that fit a word which the model's table lacks. Numbers and misspellings would make a long list. */
const FEWEST_ROWS = 5;

/**
 * The weights of the live generation, by word. Or of these words, also those that weigh what the model says.
 *
 * @example
 * const database = await openDatabase();
 * const [weight] = await showWeights(database, "faq", ["花呗"]);
 */
export async function showWeights(
  database: Database,
  name: string,
  words: readonly string[] = [],
  options: { model?: ModelPackage | string | undefined } = {},
): Promise<ShownWeight[]> {
  const { weights, model } = await readLive(database, name, options.model);
  const { tables } = model;
  const wanted = words.length > 0 ? words.map((word) => normalize(word)) : weights.keys();
  return [...wanted].map((word) => {
    const modelIdf = idfOf(word, tables) ?? null;
    const { idf, frequency, fitted } = weights.get(word) ?? {
      idf: modelIdf ?? tables.unknownIdf,
      frequency: null,
      fitted: false,
    };
    return { word, idf, frequency, fitted, modelIdf };
  });
}

/**
 * Sets the IDF of words. A word that segmentation does not find by itself becomes a word of the dictionary.
 *
 * @throws LtdError "usage" for a word that cannot be one, or an IDF out of range
 * @example
 * const database = await openDatabase();
 * await setWeights(database, "faq", [{ word: "花呗", idf: 12 }]);
 */
export function setWeights(
  database: Database,
  name: string,
  wanted: readonly WantedWeight[],
  options: GenerationOptions & { replace?: boolean } = {},
): Promise<WeightsResult> {
  return change(database, name, options, (before, model) => {
    const kept = options.replace ? [...before].filter(([, { fitted }]) => fitted) : before;
    return new Map([...kept, ...checkWanted(wanted, model)]);
  });
}

/**
 * Gives words their weight in the model back; all of them, or only those that were fitted. A word that has none of its
 * own is passed over.
 *
 * @example
 * const database = await openDatabase();
 * await unsetWeights(database, "faq", ["花呗"]);
 */
export function unsetWeights(
  database: Database,
  name: string,
  words: readonly string[] | "all" | "fitted",
  options: GenerationOptions = {},
): Promise<WeightsResult> {
  const given = typeof words === "string" ? undefined : new Set(words.map((word) => normalize(word)));
  return change(
    database,
    name,
    options,
    (before) =>
      new Map([...before].filter(([word, { fitted }]) => (given ? !given.has(word) : words === "fitted" && !fitted))),
  );
}

/**
 * Estimates the IDF of words from the rows of the index. All words that the model's table has, others from five rows
 * on. Words that were set by hand keep their weight.
 *
 * The share of rows that have a word is taken from the rows and from the base table together, as if `prior` further
 * rows had been seen that have the word as often as the base table says: p = (df + prior · p₀) / (N + prior), IDF = 1 −
 * ln p. With few rows the base table decides, with many the rows. This is the posterior mean of a binomial rate with a
 * Beta prior of mean p₀.
 * @example
 * const database = await openDatabase();
 * await fitWeights(database, "faq");
 */
export function fitWeights(
  database: Database,
  name: string,
  options: GenerationOptions & { prior?: number } = {},
): Promise<WeightsResult> {
  const { prior = FIT_PRIOR } = options;
  if (!(prior > 0 && prior <= 1e9)) {
    throw new LtdError("usage", `prior is ${prior}, but must be a number above 0 and at most 1e9`);
  }
  return change(database, name, options, async (before, model) => {
    const counted = await onEveryIndex(database, name, documentFrequencies);
    const rows = counted.reduce((sum, each) => sum + each.rows, 0);
    const frequencies = new Map<string, number>();
    for (const [word, frequency] of counted.flatMap((each) => [...each.frequencies]))
      frequencies.set(word, (frequencies.get(word) ?? 0) + frequency);
    const { tables } = model;
    const seen = [...frequencies].filter(
      ([word, frequency]) => frequency >= FEWEST_ROWS || idfOf(word, tables) !== undefined,
    );
    const fitted = seen.map(([word, frequency]): [string, StoredWeight] => {
      const baseShare = Math.exp(1 - (idfOf(word, tables) ?? tables.unknownIdf));
      const share = (frequency + prior * baseShare) / (rows + prior);
      return [word, { idf: 1 - Math.log(Math.min(share, 1)), frequency: null, fitted: true }];
    });
    return new Map([...fitted, ...[...before].filter(([, weight]) => !weight.fitted)]);
  });
}

async function change(
  database: Database,
  name: string,
  options: GenerationOptions,
  next: (before: StoredWeights, model: ModelPackage) => StoredWeights | Promise<StoredWeights>,
): Promise<WeightsResult> {
  const started = performance.now();
  const { record, weights, model } = await readLive(database, name, options.model);
  const after = await next(weights, model);
  const changed = new Set(
    [...weights.keys(), ...after.keys()].filter((word) => isChanged(weights.get(word), after.get(word))),
  );
  let generation = record.generation;
  let embedded = 0;
  if (changed.size > 0) {
    const built = await buildGeneration(database, name, model, { ...options, weights: after });
    const switched = await switchGeneration(database, name, { ...options, model });
    generation = switched.generation;
    embedded = built.sync.embedded + switched.sync.embedded;
  }
  return { index: name, changed: changed.size, generation, embedded, seconds: (performance.now() - started) / 1000 };
}

interface LiveWeights {
  readonly record: IndexRecord;
  readonly model: ModelPackage;
  readonly weights: StoredWeights;
}

/** Of a front those of its first shard: all have the same. */
async function readLive(
  database: Database,
  name: string,
  given: ModelPackage | string | undefined,
): Promise<LiveWeights> {
  await requireSchema(database);
  const front = await findFront(database, name);
  if (front !== undefined)
    return withShards(database, front, async ([first]) => {
      const { database: there, record } = await first!.live();
      return readLive(there, record.name, given);
    });
  const record = await getIndex(database, name);
  const model = typeof given === "object" ? given : await loadModel(given ?? record.modelId);
  const { id } = model.description;
  if (id !== record.modelId || model.fingerprint !== record.modelChecksum)
    throw anotherModel(record.modelId, record.modelChecksum, model.fingerprint);
  return { record, model, weights: await readWeights(database, record) };
}

/** IDFs are kept as float4. */
function isChanged(before: StoredWeight | undefined, after: StoredWeight | undefined): boolean {
  if (before === undefined || after === undefined) return before !== after;
  return Math.fround(before.idf) !== Math.fround(after.idf) || before.frequency !== after.frequency;
}
