import { setTimeout } from "node:timers/promises";
import type { Database } from "../../db/database.ts";
import { isPassing } from "../../db/failure.ts";
import { listFronts, type FrontRecord } from "../../db/indexes/front.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { LtdError } from "../../errors.ts";
import { Troubles } from "../keep/troubles.ts";
import * as one from "../keep/watch.ts";
import type { WatchEvent, WatchOptions } from "../keep/watch.ts";
import { WatchModels } from "../keep/watch-embedders.ts";
import { declaredFront } from "./declared.ts";
import type { ShardSource } from "./shard.ts";

/**
 * Embeds what is queued as soon as it is queued, until `signal`; several may watch one database. Resolves when the
 * current batch is written and the rest is released.
 *
 * Of a front it watches the index of each shard, all at once and with one model; events call it `front/shard`. Fronts
 * and shards are looked up once, at the start.
 *
 * NOTIFY wakes it, on a connection of its own; if that does not arrive (a transaction-mode pooler) it polls every
 * `pollMs`. It waits for a server that is down. An index that cannot be worked on (its table or a column is gone) does
 * not stop the others.
 * @throws LtdError "schema" or "index" at the start, when there is nothing that it could ever work on
 * @example
 * const database = await openDatabase();
 * await watch(database, { names: ["faq"], signal: AbortSignal.timeout(60_000) });
 */
export async function watch(database: Database, options: WatchOptions = {}): Promise<void> {
  const { names, signal } = options;
  const all = await untilDone(null, options, async () => {
    await requireSchema(database);
    return listFronts(database);
  });
  const fronts = all?.filter(({ name }) => names === undefined || names.length === 0 || names.includes(name)) ?? [];
  if (fronts.length === 0) return one.watch(database, options);
  const stop = new AbortController();
  const models = new WatchModels();
  const shared = { ...options, signal: signal ? AbortSignal.any([signal, stop.signal]) : stop.signal };
  const own = names?.filter((name) => !fronts.some((front) => front.name === name)) ?? [];
  const running = fronts.flatMap((front) => shardsOf(database, front, shared, models));
  if (own.length > 0 || !names?.length) running.push(one.watch(database, { ...shared, names: own }, models));
  // what one cannot ever work on ends the others, too, once their batches are written
  for (const each of running) each.catch(() => stop.abort());
  const outcomes = await Promise.allSettled(running);
  await models.close();
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
}

/** Watches each shard of a front. */
function shardsOf(database: Database, front: FrontRecord, options: WatchOptions, models: WatchModels): Promise<void>[] {
  return declaredFront(database, front).shards.map((shard) =>
    watchShard(`${front.name}/${shard.name}`, shard, options, models),
  );
}

async function watchShard(
  name: string,
  { index, open }: ShardSource,
  options: WatchOptions,
  models: WatchModels,
): Promise<void> {
  const there = await untilDone(name, options, open);
  if (there === undefined) return;
  const onEvent = (event: WatchEvent): void =>
    options.onEvent?.(event.event === "ready" ? { ...event, indexes: [name] } : { ...event, index: name });
  try {
    await one.watch(there, { ...options, names: [index], onEvent }, models);
  } catch (error) {
    if (!(error instanceof LtdError)) throw error;
    throw new LtdError(error.code, `${name}: ${error.message}`, {
      ...(error.hint && { hint: error.hint }),
      cause: error,
    });
  } finally {
    await there.close();
  }
}

/** What `work` gives; a server that is down is tried again. Undefined: the signal ended it. */
async function untilDone<T>(
  name: string | null,
  { signal, onEvent }: WatchOptions,
  work: () => Promise<T>,
): Promise<T | undefined> {
  const troubles = new Troubles((event) => onEvent?.(event));
  let done: { readonly value: T } | undefined;
  while (!signal?.aborted) {
    const pauseMs = await troubles.guard(name, isPassing, async () => void (done = { value: await work() }));
    if (done !== undefined) return done.value;
    await setTimeout(pauseMs, undefined, signal && { signal }).catch(() => {});
  }
  return undefined;
}
