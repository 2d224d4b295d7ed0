import type { Database } from "../../db/database.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import { readGenerations } from "../../db/indexes/find-index.ts";
import { findFront, setFingerprint, type Fingerprint, type FrontRecord } from "../../db/indexes/front.ts";
import type { StoredWeights } from "../../db/indexes/weight.ts";
import type { ModelPackage } from "../../embed/model-package.ts";
import { LtdError } from "../../errors.ts";
import { onEachShard, withShards } from "../shards/each.ts";
import { fingerprintOf, firstDifference } from "../shards/fingerprint.ts";
import type { Shard } from "../shards/shard.ts";
import { addSync, noSync } from "../shards/sync.ts";
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
 * await buildGeneration(database, "faq", await loadModel("ltd-zh-1-tiny"));
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
 * Of a front all shards are prepared first. Then its record names the new generation, from which moment its questions
 * are embedded for that; then each shard switches. Killed at any point, running it again finishes it, and
 * `rollbackGeneration` undoes it.
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

/** The generations of one shard, each with its fingerprint. */
interface ShardGenerations {
  readonly shard: string;
  readonly there: Database;
  readonly index: string;
  readonly all: readonly { readonly record: IndexRecord; readonly fingerprint: Fingerprint }[];
}

async function switchShards(
  database: Database,
  front: FrontRecord,
  from: "building" | "previous",
  options: GenerationOptions,
): Promise<GenerationResult> {
  const { name } = front;
  if (options.check !== undefined)
    throw new LtdError("usage", `golden questions are not asked over the shards of ${name}`, {
      hint: `ask them of one shard first: ltd-index generation switch --check is for one index`,
    });
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
    for (const each of all) requireGeneration(each, target);
    const waiting = all.filter((each) => requireGeneration(each, target).state !== "live");
    const prepared = await oneByOne(name, waiting, (each) =>
      one.bringUpToDate(each.there, requireGeneration(each, target), options),
    );
    const { stopped, failed } = prepared.sync;
    if (stopped || failed > 0)
      throw new LtdError("index", `${name} is not switched: ${stopped ? "it was stopped" : `${failed} rows fail`}`, {
        hint: "run it again; what was done is kept",
      });
    await setFingerprint(database, name, target);
    const done = await oneByOne(name, waiting, (each) =>
      requireGeneration(each, target).state === "building"
        ? one.switchGeneration(each.there, each.index, options)
        : one.rollbackGeneration(each.there, each.index, options),
    );
    addSync(done.sync, prepared.sync);
    return done;
  });
}

/**
 * The generation that is to be live: one in the state `from` that all shards have. To roll back a switch that was not
 * finished is to undo it: the generation of the shards that did not switch yet.
 */
function targetOf(
  { fingerprint }: FrontRecord,
  shards: readonly ShardGenerations[],
  from: "building" | "previous",
): Fingerprint | undefined {
  const generations = shards.flatMap(({ all }) => all);
  const ofState = (state: IndexRecord["state"]) =>
    generations.filter(({ record }) => record.state === state).map((each) => each.fingerprint);
  const isUnfinished = (live: Fingerprint) => firstDifference(live, fingerprint) !== undefined;
  const undone = from === "previous" ? ofState("live").find(isUnfinished) : undefined;
  const wanted = undone === undefined ? ofState(from) : [undone];
  const isEverywhere = (each: Fingerprint) =>
    shards.every(({ all }) => all.some((other) => firstDifference(other.fingerprint, each) === undefined));
  return wanted.find(isEverywhere) ?? wanted[0];
}

/** The generation of a shard that is to be live. Throws LtdError "index" where it has none. */
function requireGeneration({ shard, index, all }: ShardGenerations, target: Fingerprint): IndexRecord {
  const found = all.find(({ fingerprint }) => firstDifference(fingerprint, target) === undefined);
  if (found !== undefined) return found.record;
  throw new LtdError("index", `the shard ${shard} has no generation of ${target.model} with these weights`, {
    hint: `build it there first: ltd-index generation build ${index}`,
  });
}

/** The generations of all shards. Throws the error of the first that cannot be asked: a switch needs all. */
async function readAll(shards: readonly Shard[]): Promise<ShardGenerations[]> {
  const outcomes = await onEachShard(shards, async (there, { name: index }) => {
    const all: { record: IndexRecord; fingerprint: Fingerprint }[] = [];
    for (const record of await readGenerations(there, index))
      all.push({ record, fingerprint: await fingerprintOf(there, record) });
    return { there, index, all };
  });
  return outcomes.map((outcome) => {
    if (outcome.error) throw outcome.error;
    return { shard: outcome.shard, ...outcome.value };
  });
}

/** Works on one shard after the other. Gives the last result, with the counts of all. */
async function oneByOne(
  name: string,
  shards: readonly ShardGenerations[],
  work: (shard: ShardGenerations) => Promise<GenerationResult>,
): Promise<GenerationResult> {
  const sync = noSync(name);
  let last: Omit<GenerationResult, "index" | "sync"> = { generation: 0, state: "live", model: "" };
  for (const shard of shards) {
    const { sync: done, generation, state, model } = await work(shard);
    addSync(sync, done);
    last = { generation, state, model };
  }
  return { index: name, ...last, sync };
}
