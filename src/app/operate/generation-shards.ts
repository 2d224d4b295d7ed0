import type { Database } from "../../db/database.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import { queueStatus } from "../../db/capture/queue-status.ts";
import { getIndex, readGenerations } from "../../db/indexes/find-index.ts";
import { findFront, setFingerprint, type Fingerprint, type FrontRecord } from "../../db/indexes/front.ts";
import type { StoredWeights } from "../../db/indexes/weight.ts";
import type { ModelPackage } from "../../embed/model-package.ts";
import { LtdError } from "../../errors.ts";
import { onEachShard, withShards } from "../shards/each.ts";
import { fingerprintOf, firstDifference } from "../shards/fingerprint.ts";
import type { Shard } from "../shards/shard.ts";
import { addSync, noSync } from "../shards/sync.ts";
import { requireNotWorse } from "./check-shards.ts";
import * as one from "./generation.ts";
import type { GenerationOptions, GenerationResult } from "./generation.ts";

/**
 * Fills a new generation beside the live one, and builds its HNSW index. It has another model or other weights.
 *
 * Of a front on every shard, one after the other. Where it was cut off it goes on.
 *
 * @throws LtdError "index" when another generation is being built
 * @example
 * const database = await openDatabase();
 * await buildGeneration(database, "faq", await loadModel("ltd-zh-2-tiny"));
 * await switchGeneration(database, "faq");
 */
export async function buildGeneration(
  database: Database,
  name: string,
  model: ModelPackage,
  options: GenerationOptions & { weights?: StoredWeights } = {},
): Promise<GenerationResult> {
  const front = await findFront(database, name);
  if (front === undefined) return one.buildGeneration(database, name, model, options);
  return withShards(database, front, async (shards) =>
    oneByOne(name, await readAll(shards), ({ there, index }) => one.buildGeneration(there, index, model, options)),
  );
}

/**
 * Brings the generation that is built up to date and makes it the live one. What was live is kept as the previous one.
 *
 * Of a front all shards are prepared first, and golden questions are asked of all. Then its record names the new
 * generation, from which moment its questions are embedded for that; then each shard switches. Killed at any point,
 * running it again finishes it, and `rollbackGeneration` undoes it.
 *
 * @throws LtdError "index" when none is built, when more of its rows fail than of the live one, or when it was stopped
 * @example
 * const database = await openDatabase();
 * await switchGeneration(database, "faq");
 */
export async function switchGeneration(
  database: Database,
  name: string,
  options: GenerationOptions = {},
): Promise<GenerationResult> {
  const front = await findFront(database, name);
  return front ? switchShards(database, front, "building", options) : one.switchGeneration(database, name, options);
}

/**
 * Brings the previous generation up to date and makes it the live one again.
 *
 * Of a front on all shards, as {@link switchGeneration} does. It also undoes a switch that was cut off.
 *
 * @example
 * const database = await openDatabase();
 * await rollbackGeneration(database, "faq"); // the generation before the last switch is live again
 */
export async function rollbackGeneration(
  database: Database,
  name: string,
  options: GenerationOptions = {},
): Promise<GenerationResult> {
  const front = await findFront(database, name);
  return front ? switchShards(database, front, "previous", options) : one.rollbackGeneration(database, name, options);
}

/** One generation of a shard. */
interface ShardGeneration {
  readonly record: IndexRecord;
  readonly fingerprint: Fingerprint;
}

/** The generations of one shard. */
interface ShardGenerations {
  readonly shard: string;
  readonly there: Database;
  readonly index: string;
  readonly all: readonly ShardGeneration[];
}

/** A shard, and its generation that is to be live. */
interface ChosenGeneration extends ShardGenerations {
  readonly record: IndexRecord;
}

async function switchShards(
  database: Database,
  front: FrontRecord,
  from: "building" | "previous",
  { check, ...options }: GenerationOptions,
): Promise<GenerationResult> {
  const { name } = front;
  return withShards(database, front, async (shards) => {
    const all = await readAll(shards);
    const target = targetOf(front, all, from);
    if (target === undefined)
      throw new LtdError(
        "index",
        `${name} has no generation that ${from === "building" ? "is built" : "was live before"}`,
        {
          hint: `build one: ltd-index generation build ${name} --model <model>`,
        },
      );
    const chosen = all.map((each) => ({ ...each, record: requireGeneration(each, target, from) }));
    const prepared = await oneByOne(name, chosen, (each) => prepare(name, each, options));
    await requireNotWorse(database, front, target, { ...options, ...(check && { check }) });
    await setFingerprint(database, name, target);
    const done = await oneByOne(name, chosen, async (each) => {
      if (each.record.state === "live") return asItIs(name, each.record);
      return each.record.state === "building"
        ? one.switchGeneration(each.there, each.index, options)
        : one.rollbackGeneration(each.there, each.index, options);
    });
    addSync(done.sync, prepared.sync);
    return done;
  });
}

/** Brings a generation up to date. Throws LtdError "index" if it is stopped or more rows fail than of the live one. */
async function prepare(
  name: string,
  { shard, there, index, record }: ChosenGeneration,
  options: GenerationOptions,
): Promise<GenerationResult> {
  if (record.state === "live") return asItIs(name, record);
  const done = await one.bringUpToDate(there, record, options);
  const { stopped, failed } = done.sync;
  const before = await queueStatus(there, await getIndex(there, index));
  if (!stopped && failed <= before.failed) return done;
  const why = stopped ? "it was stopped" : `${failed} rows of the shard ${shard} fail`;
  throw new LtdError("index", `${name} is not switched: ${why}`, { hint: "run it again; what was done is kept" });
}

/** The result for a shard on which nothing was to be done. */
function asItIs(name: string, { generation, state, modelId }: IndexRecord): GenerationResult {
  return { index: name, generation, state, model: modelId, sync: noSync(name) };
}

/**
 * The generation that is to be live: one in the state `from` that all shards have. To roll back what was cut off:
 *
 * - a switch: some shard still builds the generation of the front. What is live there is the target.
 * - a rollback: on the shards that are left it is the previous one. It stays the target.
 */
function targetOf(
  { fingerprint }: FrontRecord,
  shards: readonly ShardGenerations[],
  from: "building" | "previous",
): Fingerprint | undefined {
  const isOfFront = (each: ShardGeneration) => isSame(each.fingerprint, fingerprint);
  const liveOf = ({ all }: ShardGenerations) => all.find(({ record }) => record.state === "live")!;
  const unfinished = from === "previous" ? shards.filter((each) => !isOfFront(liveOf(each))) : [];
  const leftIn = (state: IndexRecord["state"]) =>
    unfinished.find(({ all }) => all.some((each) => each.record.state === state && isOfFront(each)));
  const notSwitched = leftIn("building");
  if (notSwitched !== undefined) return liveOf(notSwitched).fingerprint;
  if (leftIn("previous") !== undefined) return fingerprint;
  const wanted = shards.flatMap(({ all }) => all).filter(({ record }) => record.state === from);
  const isEverywhere = (each: ShardGeneration) =>
    shards.every(({ all }) => all.some((other) => isSame(other.fingerprint, each.fingerprint)));
  return (wanted.find(isEverywhere) ?? wanted[0])?.fingerprint;
}

function isSame(one: Fingerprint, other: Fingerprint): boolean {
  return firstDifference(one, other) === undefined;
}

/**
 * The generation of a shard that is to be live. Of several that are alike, as after weights that were set and unset,
 * that in the state `from`. Throws LtdError "index" where the shard has none.
 */
function requireGeneration(
  { shard, index, all }: ShardGenerations,
  target: Fingerprint,
  from: "building" | "previous",
): IndexRecord {
  const alike = all.filter(({ fingerprint }) => isSame(fingerprint, target));
  for (const state of [from, "live", "building", "previous"])
    for (const { record } of alike) if (record.state === state) return record;
  throw new LtdError("index", `the shard ${shard} has no generation of ${target.model} with these weights`, {
    hint: `build it there first: ltd-index generation build ${index}`,
  });
}

/** The generations of all shards. Throws the error of the first that cannot be asked: a switch needs all. */
async function readAll(shards: readonly Shard[]): Promise<ShardGenerations[]> {
  const outcomes = await onEachShard(shards, async (there, { name: index }) => {
    const all: ShardGeneration[] = [];
    for (const record of await readGenerations(there, index))
      all.push({ record, fingerprint: await fingerprintOf(there, record) });
    return { there, index, all };
  });
  return outcomes.map((outcome) => {
    if (outcome.error) throw outcome.error;
    return { shard: outcome.shard, ...outcome.value };
  });
}

/** Works on one shard after the other, at least one. Gives the last result, with the counts of all. */
async function oneByOne<Shard extends ShardGenerations>(
  name: string,
  shards: readonly Shard[],
  work: (shard: Shard) => Promise<GenerationResult>,
): Promise<GenerationResult> {
  const sync = noSync(name);
  let last: GenerationResult | undefined;
  for (const shard of shards) {
    last = await work(shard);
    addSync(sync, last.sync);
  }
  return { ...last!, index: name, sync };
}
