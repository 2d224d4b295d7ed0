import type { Database } from "../db/database.ts";
import { GenerationSwitched } from "../db/entries/generation-state.ts";
import type { IndexRecord } from "../db/index-record.ts";
import { getIndex } from "../db/indexes/find-index.ts";
import { anotherModel } from "../db/schema/model.ts";
import { readWeights } from "../db/indexes/weight.ts";
import type { Embedder } from "../embed/embedder.ts";
import { LtdError } from "../errors.ts";
import { createSameEmbedder, type EmbedderSettings } from "./same-embedder.ts";

/** A generation and the embedder that its vectors are of. */
export interface Generation {
  readonly record: IndexRecord;
  readonly embedder: Embedder;
}

/** An embedder with the index's own model and weights. Throws LtdError "model" when the model at hand is another. */
export async function createEmbedderFor(
  database: Database,
  index: IndexRecord,
  options: EmbedderSettings,
): Promise<Embedder> {
  const wanted = { id: index.modelId, fingerprint: index.modelChecksum };
  return createSameEmbedder(wanted, await readWeights(database, index), options, ({ id, fingerprint }) =>
    id === index.modelId
      ? anotherModel(id, index.modelChecksum, fingerprint)
      : new LtdError("model", `the index "${index.name}" has vectors of the model ${index.modelId}, not of ${id}`, {
          hint: `vectors of two models cannot be compared: use --model with ${index.modelId}, or build a generation of ${id} (ltd-index generation build ${index.name})`,
        }),
  );
}

/** The live generation of an index, for readers that stay: they follow when another one becomes live. */
export class LiveIndex {
  readonly #database: Database;
  readonly #name: string;
  readonly #settings: EmbedderSettings;
  /** Embedders that were opened; others may still work with an older one. */
  readonly #opened: Embedder[] = [];
  #current: Promise<Generation>;

  private constructor(database: Database, name: string, settings: EmbedderSettings, record: IndexRecord | undefined) {
    this.#database = database;
    this.#name = name;
    this.#settings = settings;
    this.#current = this.#open(undefined, record);
  }

  /**
   * Throws an LtdError "index" or "model".
   *
   * @param record what `getIndex` gave just now, for a caller that has it
   */
  static async open(
    database: Database,
    name: string,
    settings: EmbedderSettings,
    record?: IndexRecord,
  ): Promise<LiveIndex> {
    const live = new LiveIndex(database, name, settings, record);
    await live.#current;
    return live;
  }

  /** What is live at this moment. */
  async latest(): Promise<Generation> {
    const { record, embedder } = await this.#current;
    const now = await getIndex(this.#database, this.#name);
    return now.id === record.id ? { record: now, embedder } : this.#follow(record);
  }

  /** Runs `work`, which reads; retries it if another generation became live in between. */
  async read<T>(work: (generation: Generation) => Promise<T>): Promise<T> {
    for (;;) {
      const generation = await this.#current;
      try {
        return await work(generation);
      } catch (error) {
        if (!(error instanceof GenerationSwitched)) throw error;
        await this.#follow(generation.record);
      }
    }
  }

  /** Ends the worker threads. */
  async close(): Promise<void> {
    await Promise.all(this.#opened.map((embedder) => embedder.close()));
  }

  /** Opens the generation that is live after `from`, once for all concurrent callers. */
  async #follow(from: IndexRecord): Promise<Generation> {
    const current = this.#current;
    const before = await current;
    if (before.record.id !== from.id || this.#current !== current) return this.#current;
    const next = this.#open(before.embedder);
    this.#current = next;
    // what cannot be opened is tried again by the next reader
    next.catch(() => (this.#current = Promise.resolve(before)));
    return next;
  }

  async #open(before?: Embedder, known?: IndexRecord): Promise<Generation> {
    const record = known ?? (await getIndex(this.#database, this.#name));
    const { modelId, modelChecksum } = record;
    if (before?.model.description.id === modelId && before.model.fingerprint === modelChecksum) {
      return { record, embedder: before.withWeights(await readWeights(this.#database, record)) };
    }
    // the model that was named is that of the first generation
    const settings = before === undefined ? this.#settings : { threads: this.#settings.threads };
    const embedder = await createEmbedderFor(this.#database, record, settings);
    this.#opened.push(embedder);
    return { record, embedder };
  }
}
