import type { Database, Queryable } from "../../db/database.ts";
import { GenerationSwitched } from "../../db/entries/generation-state.ts";
import type { Fingerprint, FrontRecord } from "../../db/indexes/front.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import { LtdError } from "../../errors.ts";
import { declaredFront } from "./declared.ts";
import { OtherGeneration, Shard } from "./shard.ts";
import { within } from "./within.ts";

/** What one shard gave, or why it gave nothing. */
export type Outcome<T> =
  | { readonly shard: string; readonly value: T; readonly error?: undefined }
  | { readonly shard: string; readonly error: LtdError };

/** What all shards gave. Throws the error of the first that gave nothing. */
export function allOf<T>(outcomes: readonly Outcome<T>[]): T[] {
  return outcomes.map((outcome) => {
    if (outcome.error) throw outcome.error;
    return outcome.value;
  });
}

/** Runs `work` with the shards of a front, and closes them afterwards. */
export async function withShards<T>(
  database: Database,
  front: FrontRecord,
  work: (shards: readonly Shard[]) => Promise<T>,
): Promise<T> {
  const shards = declaredFront(database, front).shards.map((source) => new Shard(source));
  try {
    return await work(shards);
  } finally {
    await Promise.all(shards.map((shard) => shard.close()));
  }
}

/** Runs `work` on the live index of each shard, all at once. Without a deadline it takes as long as it takes. */
export function onEachShard<T>(
  shards: readonly Shard[],
  work: (database: Database, record: IndexRecord, shard: Shard) => Promise<T>,
  deadlineMs?: number,
): Promise<Outcome<T>[]> {
  const run = async (shard: Shard): Promise<T> => {
    const { database, record } = await shard.live();
    return work(database, record, shard);
  };
  return settle(shards, (shard) =>
    deadlineMs === undefined ? run(shard) : within(deadlineMs, undefined, () => run(shard), shard.name),
  );
}

/** The same on the generation that a front asks, be it live or not. Looks for it again where it has switched. */
export function onEachGeneration<T>(
  shards: readonly Shard[],
  wanted: Fingerprint,
  work: (database: Database, record: IndexRecord, shard: Shard) => Promise<T>,
): Promise<Outcome<T>[]> {
  return settle(shards, async (shard) => {
    const run = () => shard.run(wanted, (database, record) => work(database, record, shard));
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof GenerationSwitched || error instanceof OtherGeneration)) throw error;
      shard.forget();
      return run();
    }
  });
}

/**
 * Runs `work` with a transaction on each database. They are committed one after the other when it is done, and all are
 * rolled back where it throws.
 */
export function inEach<T>(
  databases: readonly Database[],
  work: (transactions: readonly Queryable[]) => Promise<T>,
): Promise<T> {
  // two shards can be one open database
  const all = [...new Set(databases)];
  const enter = (open: readonly Queryable[]): Promise<T> =>
    open.length === all.length
      ? work(databases.map((database) => open[all.indexOf(database)]!))
      : all[open.length]!.transaction((tx) => enter([...open, tx]));
  return enter([]);
}

function settle<T>(shards: readonly Shard[], run: (shard: Shard) => Promise<T>): Promise<Outcome<T>[]> {
  return Promise.all(
    shards.map(async (shard): Promise<Outcome<T>> => {
      try {
        return { shard: shard.name, value: await run(shard) };
      } catch (error) {
        if (!(error instanceof LtdError)) throw error;
        return { shard: shard.name, error };
      }
    }),
  );
}
