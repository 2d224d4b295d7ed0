import type { Database } from "../../db/database.ts";
import { GenerationSwitched } from "../../db/entries/generation-state.ts";
import type { Fingerprint } from "../../db/indexes/front.ts";
import { readWeights } from "../../db/indexes/weight.ts";
import type { Embedder } from "../../embed/embedder.ts";
import { LtdError, type ErrorCode } from "../../errors.ts";
import type { Generation } from "../live-index.ts";
import type { EmbedderSettings } from "../same-embedder.ts";
import { createFrontEmbedder } from "./embedder.ts";
import { fingerprintOf, firstDifference } from "./fingerprint.ts";
import { OtherGeneration, Shard, type ShardSource } from "./shard.ts";
import { within } from "./within.ts";

/** What a {@link Front} is made of. */
export interface FrontSource {
  readonly name: string;
  /** How long each shard is waited for. */
  readonly deadlineMs: number;
  /** At least one. */
  readonly shards: readonly ShardSource[];
  /**
   * The fingerprint of the generation that is asked. Undefined: that of the first shard that answers, in their order.
   */
  readonly declared?: () => Promise<Fingerprint>;
  /** Told of each shard that was left out of an answer, and why. */
  readonly onLate?: (shard: string, error: LtdError) => void;
}

/** What questions are embedded for: a generation that all shards have, and its embedder. */
export interface FrontState {
  readonly fingerprint: Fingerprint;
  readonly embedder: Embedder;
}

/** What the shards gave. */
export interface Parts<T> {
  /** Of the shards that answered, in their order; at least one. */
  readonly values: readonly T[];
  /** Names of the shards that did not, or that cannot be compared. */
  readonly partial: readonly string[];
}

/** Another generation is asked from now on: the question must be embedded for it. */
class FrontSwitched extends Error {}

/** What a shard can be left out for; all else is wrong with the question itself. */
const OF_SHARD: ReadonlySet<ErrorCode> = new Set(["database", "schema", "source", "index", "locked"]);

/** Several shards that are asked as one index, each on a connection of its own and all at once. */
export class Front {
  readonly name: string;
  readonly shards: readonly Shard[];
  readonly #source: FrontSource;
  readonly #settings: EmbedderSettings;
  /** Embedders that were opened; others may still work with an older one. */
  readonly #opened: Embedder[] = [];
  #current: Promise<FrontState>;

  private constructor(source: FrontSource, settings: EmbedderSettings) {
    this.name = source.name;
    this.shards = source.shards.map((shard) => new Shard(shard));
    this.#source = source;
    this.#settings = settings;
    this.#current = this.#open();
  }

  /**
   * Connects to the shards and loads their model. Shards that do not answer are tried again by each question.
   *
   * @throws LtdError of the first shard where none can be asked; "model" where the model at hand is another
   */
  static async open(source: FrontSource, settings: EmbedderSettings): Promise<Front> {
    const front = new Front(source, settings);
    try {
      await front.#current;
      return front;
    } catch (error) {
      await front.close();
      throw error;
    }
  }

  /** What questions are embedded for at this moment. The same as before where that cannot be read. */
  async latest(): Promise<FrontState> {
    const state = await this.#current;
    const now = await this.#declared().catch(() => state.fingerprint);
    if (firstDifference(now, state.fingerprint) !== undefined) await this.#follow(state);
    return this.#current;
  }

  /** Runs `work`, which reads; runs it again if another generation is asked since. */
  async read<T>(work: (state: FrontState) => Promise<T>): Promise<T> {
    for (;;) {
      const state = await this.#current;
      try {
        return await work(state);
      } catch (error) {
        if (!(error instanceof FrontSwitched)) throw error;
        await this.#follow(state);
      }
    }
  }

  /**
   * Runs `work` on all shards at once, each within the deadline. A shard that is late or dead, or has no generation
   * that can be compared, is left out and named.
   *
   * @throws what is wrong with the question; the error of the first shard where none answers
   */
  async everywhere<T>(
    { fingerprint, embedder }: FrontState,
    signal: AbortSignal | undefined,
    work: (database: Database, generation: Generation, signal: AbortSignal) => Promise<T>,
  ): Promise<Parts<T>> {
    return this.#gather(signal, async (shard, ended) => {
      const run = () => shard.run(fingerprint, (database, record) => work(database, { record, embedder }, ended));
      try {
        return await run();
      } catch (error) {
        if (!(error instanceof GenerationSwitched || error instanceof OtherGeneration)) throw error;
        shard.forget();
        const now = await this.#declared().catch(() => fingerprint);
        if (firstDifference(now, fingerprint) !== undefined) throw new FrontSwitched();
        return run();
      }
    });
  }

  /** Ends the worker threads and the connections that were opened here. */
  async close(): Promise<void> {
    await Promise.all(this.#opened.map((embedder) => embedder.close()));
    await Promise.all(this.shards.map((shard) => shard.close()));
  }

  async #gather<T>(
    signal: AbortSignal | undefined,
    work: (shard: Shard, ended: AbortSignal) => Promise<T>,
  ): Promise<Parts<T>> {
    const { deadlineMs, onLate } = this.#source;
    const values: T[] = [];
    const late: (readonly [shard: string, error: LtdError])[] = [];
    const results = await Promise.all(
      this.shards.map(async (shard) => {
        try {
          return { value: await within(deadlineMs, signal, (ended) => work(shard, ended), shard.name) };
        } catch (error) {
          if (signal?.aborted || !(error instanceof LtdError && OF_SHARD.has(error.code))) throw error;
          return { error };
        }
      }),
    );
    for (const [at, result] of results.entries()) {
      if (result.error === undefined) values.push(result.value!);
      else late.push([this.shards[at]!.name, result.error]);
    }
    if (values.length === 0) throw late[0]![1];
    for (const [shard, error] of late) onLate?.(shard, error);
    return { values, partial: late.map(([shard]) => shard) };
  }

  async #declared(): Promise<Fingerprint> {
    const { declared } = this.#source;
    if (declared !== undefined) return declared();
    const found = await this.#gather(undefined, async (shard) => {
      const { database, record } = await shard.live();
      return fingerprintOf(database, record);
    });
    return found.values[0]!;
  }

  /** Opens what is asked after `from`, once for all who come together. */
  async #follow(from: FrontState): Promise<void> {
    const current = this.#current;
    if ((await current) !== from || this.#current !== current) return;
    const next = this.#open(from.embedder);
    this.#current = next;
    // what cannot be opened is tried again by the next reader
    next.catch(() => (this.#current = current));
    await next;
  }

  async #open(before?: Embedder): Promise<FrontState> {
    const fingerprint = await this.#declared();
    const found = await this.#gather(undefined, (shard) =>
      shard.run(fingerprint, (database, record) => readWeights(database, record)),
    );
    const weights = found.values[0]!;
    const { model: id, modelChecksum } = fingerprint;
    if (before?.model.description.id === id && before.model.fingerprint === modelChecksum)
      return { fingerprint, embedder: before.withWeights(weights) };
    // the model that was named is that of the first generation
    const settings = before === undefined ? this.#settings : { threads: this.#settings.threads };
    const embedder = await createFrontEmbedder(this.name, fingerprint, weights, settings);
    this.#opened.push(embedder);
    return { fingerprint, embedder };
  }
}
