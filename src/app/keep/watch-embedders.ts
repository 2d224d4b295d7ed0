import type { Database } from "../../db/database.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import { readWeights } from "../../db/indexes/weight.ts";
import type { Embedder } from "../../embed/embedder.ts";
import { createEmbedderFor } from "../live-index.ts";
import type { EmbedderSettings } from "../same-embedder.ts";

/** Embedders by model, which several watchers of one process may share. */
export class WatchModels {
  readonly #opened = new Map<string, Promise<Embedder>>();

  /** The embedder of a model, which `open` opens if there is none. */
  of(model: string, open: () => Promise<Embedder>): Promise<Embedder> {
    const known = this.#opened.get(model);
    if (known !== undefined) return known;
    const opening = open();
    this.#opened.set(model, opening);
    // what cannot be opened is tried again
    opening.catch(() => this.#opened.delete(model));
    return opening;
  }

  async close(): Promise<void> {
    for (const opened of await Promise.allSettled(this.#opened.values()))
      if (opened.status === "fulfilled") await opened.value.close();
  }
}

/** The embedders of all indexes of a watcher. There is one for each model, bound to the weights of each generation. */
export class WatchEmbedders {
  readonly #database: Database;
  readonly #settings: EmbedderSettings;
  readonly #models: WatchModels;
  readonly #byGeneration = new Map<number, Embedder>();

  constructor(database: Database, settings: EmbedderSettings, models: WatchModels) {
    this.#database = database;
    this.#settings = settings;
    this.#models = models;
  }

  async of(index: IndexRecord): Promise<Embedder> {
    const known = this.#byGeneration.get(index.id);
    if (known !== undefined) return known;
    const embedder = await this.#models.of(`${index.modelId} ${index.modelChecksum}`, () =>
      createEmbedderFor(this.#database, index, this.#settings),
    );
    const own = embedder.withWeights(await readWeights(this.#database, index));
    this.#byGeneration.set(index.id, own);
    return own;
  }
}
