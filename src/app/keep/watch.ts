import { setTimeout } from "node:timers/promises";
import type { Database } from "../../db/database.ts";
import { isPassing } from "../../db/failure.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import { listIndexes } from "../../db/indexes/index-store.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { nextDue, QUEUE_CHANNEL, releaseAll } from "../../db/capture/queue.ts";
import type { BuildSettings } from "../../db/entries/vector-index.ts";
import { readWeights } from "../../db/indexes/weight.ts";
import type { Embedder } from "../../embed/embedder.ts";
import { LtdError } from "../../errors.ts";
import type { Counts, WorkOptions } from "./batch.ts";
import { refreshClassifiers } from "../judge/refresh-classifiers.ts";
import { drain } from "./drain.ts";
import { createEmbedderFor } from "../live-index.ts";
import { beginLoad, finishLoad } from "./sync.ts";
import { parseTemplate } from "../template.ts";

/** What happens while {@link watch} runs. */
export type WatchEvent =
  | { event: "ready"; indexes: readonly string[] }
  /** Rows were taken from the queue of an index; those of one burst together. */
  | ({ event: "synced"; index: string; seconds: number } & Counts)
  | ({ event: "build"; index: string } & BuildSettings)
  /** An index cannot be worked on, or the database cannot be reached (`index` is null): tried again after a pause. */
  | { event: "trouble"; index: string | null; error: LtdError; retryMs: number }
  | { event: "recovered"; index: string | null };

/** Settings of {@link watch}. */
export interface WatchOptions extends WorkOptions {
  /** Indexes to work on; default: all there are, also those that are added later. */
  names?: readonly string[];
  /** Looks at the queues this often when nothing wakes it; default 5,000. At least 100. */
  pollMs?: number;
  model?: string | undefined;
  threads?: number | undefined;
  onEvent?: (event: WatchEvent) => void;
}

/** A source without triggers is looked at this often: all its keys are compared each time. */
const LOOK_EVERY_MS = 30_000;
/**
 * Writers wake at most ten times a second (`ltd.wake`), so that one which commits right after another may not be heard of: after each wake
 * and each row that was found the queues are looked at again after so long, and then after pauses that double.
 */
const LOOK_AGAIN_MS = 100;
/** The first and the longest pause after trouble; it doubles in between, with jitter. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Embeds what is queued as soon as it is queued, until `signal`; several may watch one database. Resolves when the batch under way is
 * written and the rest is given back.
 *
 * NOTIFY wakes it, on a connection of its own; where that does not arrive (a transaction-mode pooler) it looks every `pollMs`. A server that
 * is away is waited for. An index that cannot be worked on (its table or a column is gone) does not stop the others.
 *
 * @throws LtdError "schema" or "index" at the start, when there is nothing that it could ever work on
 */
export async function watch(database: Database, options: WatchOptions = {}): Promise<void> {
  const { names, pollMs = 5_000, model, threads, onEvent, signal, ...workOptions } = options;
  const find = () => listIndexes(database, names);
  /** By model; and by generation, with its weights. */
  const embedders = new Map<string, Embedder>();
  const bound = new Map<number, Embedder>();
  const troubles = new Map<string | null, Trouble>();
  let woken = new AbortController();
  /** Whether somebody wrote lately: a wake came, or rows were found. */
  let isBusy = false;
  let isReady = false;
  const unlisten = await database.listen(QUEUE_CHANNEL, () => woken.abort());

  const embedderFor = async (index: IndexRecord): Promise<Embedder> => {
    const known = bound.get(index.id);
    if (known !== undefined) return known;
    const key = `${index.modelId} ${index.modelChecksum}`;
    const embedder = embedders.get(key) ?? (await createEmbedderFor(database, index, { model, threads }));
    embedders.set(key, embedder);
    const own = embedder.withWeights(await readWeights(database, index));
    bound.set(index.id, own);
    return own;
  };

  /** Works on one index until nothing is due. */
  const turn = async (index: IndexRecord): Promise<void> => {
    const started = performance.now();
    if (database.kind === "embedded") await releaseAll(database, index);
    const waiting = await beginLoad(database, index, LOOK_EVERY_MS);
    if (waiting > 0) {
      const work = {
        database,
        index,
        embedder: await embedderFor(index),
        template: parseTemplate(index.template),
        options: workOptions,
      };
      let rows = 0;
      const counts = await drain(work, signal, (batch) => (rows += batch));
      const seconds = (performance.now() - started) / 1000;
      if (rows > 0) {
        isBusy = true;
        onEvent?.({ event: "synced", index: index.name, seconds, ...counts });
      }
    }
    if (!signal?.aborted) {
      await finishLoad(database, index, (settings) => onEvent?.({ event: "build", index: index.name, ...settings }));
      if (waiting > 0) await refreshClassifiers(database, index, () => embedderFor(index));
    }
  };

  /** Runs `work`; its trouble is told once, and it is left alone for longer and longer. Gives the pause that is left. */
  const guarded = async (name: string | null, work: () => Promise<void>): Promise<number> => {
    const before = troubles.get(name);
    if (before !== undefined && before.until > Date.now()) return before.until - Date.now();
    try {
      await work();
      if (troubles.delete(name)) onEvent?.({ event: "recovered", index: name });
      return Number.POSITIVE_INFINITY;
    } catch (error) {
      if (!(error instanceof LtdError)) throw error;
      // a server that is away concerns all indexes; what is wrong from the first may well stay so
      if (isPassing(error) ? name !== null : !isReady) throw error;
      const pauseMs =
        Math.min(FIRST_PAUSE_MS * 2 ** (before?.times ?? 0), LONGEST_PAUSE_MS) * (0.5 + Math.random() / 2);
      troubles.set(name, { times: (before?.times ?? 0) + 1, until: Date.now() + pauseMs, message: error.message });
      if (before?.message !== error.message) onEvent?.({ event: "trouble", index: name, error, retryMs: pauseMs });
      return pauseMs;
    }
  };

  try {
    let lookAgainMs = Number.POSITIVE_INFINITY;
    while (!signal?.aborted) {
      let pauseMs = pollMs;
      isBusy = woken.signal.aborted;
      woken = new AbortController();
      const round = async (): Promise<void> => {
        if (!isReady) {
          await requireSchema(database);
          const indexes = (await find()).map(({ name }) => name);
          isReady = true;
          onEvent?.({ event: "ready", indexes });
        }
        for (const index of await find()) {
          if (signal?.aborted) return;
          pauseMs = Math.min(pauseMs, await guarded(index.name, () => turn(index)));
        }
        for (const index of await find()) {
          if (!troubles.has(index.name)) pauseMs = Math.min(pauseMs, (await nextDue(database, index)) ?? pauseMs);
        }
      };
      pauseMs = Math.min(await guarded(null, round), pauseMs);
      lookAgainMs = isBusy ? LOOK_AGAIN_MS : lookAgainMs * 2;
      pauseMs = Math.min(pauseMs, lookAgainMs);
      if (!signal?.aborted) await rest(Math.max(pauseMs, 20), signal ? [signal, woken.signal] : [woken.signal]);
    }
  } finally {
    await unlisten();
    await Promise.all([...embedders.values()].map((embedder) => embedder.close()));
  }
}

interface Trouble {
  times: number;
  /** Time of day in ms before which it is left alone. */
  until: number;
  message: string;
}

/** Waits so long, or until one of the signals. */
async function rest(ms: number, signals: readonly AbortSignal[]): Promise<void> {
  await setTimeout(ms, undefined, { signal: AbortSignal.any([...signals]) }).catch(() => {});
}
