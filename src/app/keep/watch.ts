import { setTimeout } from "node:timers/promises";
import type { Database } from "../../db/database.ts";
import { isPassing } from "../../db/failure.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import { listIndexes } from "../../db/indexes/find-index.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { nextDue, QUEUE_CHANNEL, releaseAll } from "../../db/capture/queue.ts";
import type { BuildSettings } from "../../db/entries/vector-index.ts";
import { tendQuestions } from "../../db/loop/question-log.ts";
import type { LtdError } from "../../errors.ts";
import type { Counts, WorkOptions } from "./batch.ts";
import { refreshClassifiers } from "../judge/refresh-classifiers.ts";
import { drain } from "./drain.ts";
import { beginLoad, finishLoad } from "./sync.ts";
import { Troubles, type TroubleEvent } from "./troubles.ts";
import { WatchEmbedders, WatchModels } from "./watch-embedders.ts";
import { parseTemplate } from "../template.ts";

/** What happens while {@link watch} runs. */
export type WatchEvent =
  | { event: "ready"; indexes: readonly string[] }
  /** Rows were taken from the queue of an index; those of one burst together. */
  | ({ event: "synced"; index: string; seconds: number } & Counts)
  | ({ event: "build"; index: string } & BuildSettings)
  | TroubleEvent;

/** Settings of {@link watch}. */
export interface WatchOptions extends WorkOptions {
  /** Indexes to work on; default: all there are, also those that are added later. */
  names?: readonly string[];
  /** Polls the queues this often when nothing wakes it; default 5,000. At least 100. */
  pollMs?: number;
  model?: string | undefined;
  threads?: number | undefined;
  onEvent?: (event: WatchEvent) => void;
}

/** The question log is cleaned up this often. */
const TEND_EVERY_MS = 60_000;
/** A source without triggers is polled this often: all its keys are compared each time. */
const LOOK_EVERY_MS = 30_000;
/**
 * How long to look for missed changes after a wake. Writers wake at most ten times a second (`ltd.wake`), so a commit
 * right after another may go unheard: after each wake and each row found, the queues are read again after this time,
 * and then after pauses that double.
 */
const LOOK_AGAIN_MS = 100;
const SHORTEST_PAUSE_MS = 20;

/**
 * Embeds what is queued in one database until `signal`. See `watch` of the shards, which also works on fronts.
 *
 * @param models that other watchers share, which are not closed; default: its own
 */
export async function watch(database: Database, options: WatchOptions = {}, models?: WatchModels): Promise<void> {
  const { pollMs = 5_000, signal } = options;
  let woken = new AbortController();
  const unlisten = await database.listen(QUEUE_CHANNEL, () => woken.abort());
  const own = models ?? new WatchModels();
  const watcher = new Watcher(database, options, own);
  try {
    let lookAgainMs = Number.POSITIVE_INFINITY;
    while (!signal?.aborted) {
      const isWoken = woken.signal.aborted;
      woken = new AbortController();
      const { dueMs, hasWorked } = await watcher.round(pollMs);
      lookAgainMs = isWoken || hasWorked ? LOOK_AGAIN_MS : lookAgainMs * 2;
      const pauseMs = Math.max(Math.min(dueMs, lookAgainMs), SHORTEST_PAUSE_MS);
      if (!signal?.aborted) await rest(pauseMs, signal ? [signal, woken.signal] : [woken.signal]);
    }
  } finally {
    await unlisten();
    if (models === undefined) await own.close();
  }
}

/** What a watcher keeps from round to round. */
class Watcher {
  readonly #database: Database;
  readonly #options: WatchOptions;
  readonly #embedders: WatchEmbedders;
  readonly #troubles: Troubles;
  #isReady = false;
  #tendedAt = Number.NEGATIVE_INFINITY;

  constructor(database: Database, options: WatchOptions, models: WatchModels) {
    const { model, threads, onEvent } = options;
    this.#database = database;
    this.#options = options;
    this.#embedders = new WatchEmbedders(database, { model, threads }, models);
    this.#troubles = new Troubles((event) => onEvent?.(event));
  }

  /**
   * Works on every index once. Gives the time until one is due again, at most `pollMs`, and whether rows were found.
   */
  async round(pollMs: number): Promise<{ dueMs: number; hasWorked: boolean }> {
    let dueMs = pollMs;
    let hasWorked = false;
    // a server that is away concerns all indexes; what is wrong from the first may well stay so
    const isToldHere = (error: LtdError, isServer: boolean) => (isPassing(error) ? isServer : this.#isReady);
    const pauseMs = await this.#troubles.guard(
      null,
      (error) => isToldHere(error, true),
      async () => {
        await this.#getReady();
        for (const index of await this.#indexes()) {
          if (this.#options.signal?.aborted) return;
          const work = async () => void ((await this.#turn(index)) && (hasWorked = true));
          dueMs = Math.min(dueMs, await this.#troubles.guard(index.name, (error) => isToldHere(error, false), work));
        }
        await this.#tend();
        for (const index of await this.#indexes()) {
          if (!this.#troubles.has(index.name)) dueMs = Math.min(dueMs, (await nextDue(this.#database, index)) ?? dueMs);
        }
      },
    );
    return { dueMs: Math.min(pauseMs, dueMs), hasWorked };
  }

  #indexes(): Promise<IndexRecord[]> {
    return listIndexes(this.#database, this.#options.names);
  }

  async #getReady(): Promise<void> {
    if (this.#isReady) return;
    await requireSchema(this.#database);
    const indexes = (await this.#indexes()).map(({ name }) => name);
    this.#isReady = true;
    this.#options.onEvent?.({ event: "ready", indexes });
  }

  /** Moves logged questions into their days now and then, and deletes those that are too old. */
  async #tend(): Promise<void> {
    if (performance.now() - this.#tendedAt < TEND_EVERY_MS) return;
    this.#tendedAt = performance.now();
    await tendQuestions(this.#database);
  }

  /** Works on one index until nothing is due; true when there were rows. */
  async #turn(index: IndexRecord): Promise<boolean> {
    const { model: _model, threads: _threads, names: _names, onEvent, signal, ...options } = this.#options;
    const database = this.#database;
    const started = performance.now();
    if (database.kind === "embedded") await releaseAll(database, index);
    const waiting = await beginLoad(database, index, LOOK_EVERY_MS);
    let rows = 0;
    if (waiting > 0) {
      const embedder = await this.#embedders.of(index);
      const work = { database, index, embedder, template: parseTemplate(index.template), options };
      const counts = await drain(work, signal, (batch) => (rows += batch));
      const seconds = (performance.now() - started) / 1000;
      if (rows > 0) onEvent?.({ event: "synced", index: index.name, seconds, ...counts });
    }
    if (!signal?.aborted) {
      await finishLoad(database, index, (settings) => onEvent?.({ event: "build", index: index.name, ...settings }));
      if (waiting > 0) await refreshClassifiers(database, index, () => this.#embedders.of(index));
    }
    return rows > 0;
  }
}

/** Waits for a time, or until one of the signals. */
async function rest(ms: number, signals: readonly AbortSignal[]): Promise<void> {
  await setTimeout(ms, undefined, { signal: AbortSignal.any([...signals]) }).catch(() => {});
}
