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

/** A model that is open, and how many work with it at this moment. */
interface OpenModel {
  readonly embedder: Embedder;
  users: number;
  /** Undefined: it is not being closed. */
  closing: Promise<void> | undefined;
}

/** A state, and the model of its embedder. States whose weights differ can have one model. */
interface OpenState extends FrontState {
  readonly model: OpenModel;
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
  /** Models that are open: the current one, and older ones that are still worked with. */
  readonly #models = new Set<OpenModel>();
  /** The one that the next question needs. */
  #latestModel: OpenModel | undefined;
  #current: Promise<OpenState>;

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

  /**
   * Runs `work` with what questions are embedded for at this moment. The same as before where that cannot be read.
   */
  async latest<T>(work: (state: FrontState) => Promise<T>): Promise<T> {
    const state = await this.#current;
    const now = await this.#declared().catch(() => state.fingerprint);
    if (firstDifference(now, state.fingerprint) !== undefined) await this.#follow(state);
    return this.#withCurrent(work);
  }

  /** Runs `work`, which reads; runs it again if another generation is asked since. */
  async read<T>(work: (state: FrontState) => Promise<T>): Promise<T> {
    for (;;) {
      let asked: OpenState | undefined;
      try {
        return await this.#withCurrent((state) => work((asked = state)));
      } catch (error) {
        if (!(error instanceof FrontSwitched)) throw error;
        await this.#follow(asked!);
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
    work: (database: Database, generation: Generation, signal: AbortSignal, shard: string) => Promise<T>,
  ): Promise<Parts<T>> {
    return this.#gather(signal, async (shard, ended) => {
      const run = () =>
        shard.run(fingerprint, (database, record) => work(database, { record, embedder }, ended, shard.name));
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
    await Promise.all([...this.#models].map(({ closing, embedder }) => closing ?? embedder.close()));
    await Promise.all(this.shards.map((shard) => shard.close()));
  }

  /** Runs `work` with the current state, whose model stays open as long as that takes. */
  async #withCurrent<T>(work: (state: OpenState) => Promise<T>): Promise<T> {
    let state = await this.#current;
    // closed while this one waited: then there is a later one
    while (state.model.closing !== undefined) state = await this.#current;
    state.model.users++;
    try {
      return await work(state);
    } finally {
      state.model.users--;
      this.#closeUnused();
    }
  }

  /** Closes the models that nothing works with any more. */
  #closeUnused(): void {
    for (const model of this.#models) {
      if (model.users > 0 || model === this.#latestModel || model.closing !== undefined) continue;
      model.closing = model.embedder.close();
      // what goes wrong is told by `close`
      model.closing.then(
        () => this.#models.delete(model),
        () => {},
      );
    }
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
  async #follow(from: OpenState): Promise<void> {
    const current = this.#current;
    if ((await current) !== from || this.#current !== current) return;
    const next = this.#open(from);
    this.#current = next;
    // what cannot be opened is tried again by the next reader
    next.catch(() => (this.#current = current));
    await next;
    this.#closeUnused();
  }

  async #open(before?: OpenState): Promise<OpenState> {
    const fingerprint = await this.#declared();
    const found = await this.#gather(undefined, (shard) =>
      shard.run(fingerprint, (database, record) => readWeights(database, record)),
    );
    const weights = found.values[0]!;
    const { model: id, modelChecksum } = fingerprint;
    const known = before?.embedder.model;
    if (before !== undefined && known?.description.id === id && known.fingerprint === modelChecksum)
      return { fingerprint, embedder: before.embedder.withWeights(weights), model: before.model };
    // the model that was named is that of the first generation
    const settings = before === undefined ? this.#settings : { threads: this.#settings.threads };
    const embedder = await createFrontEmbedder(this.name, fingerprint, weights, settings);
    const model: OpenModel = { embedder, users: 0, closing: undefined };
    this.#models.add(model);
    this.#latestModel = model;
    return { fingerprint, embedder, model };
  }
}
