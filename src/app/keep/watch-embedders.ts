import type { Database } from "../../db/database.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import { readWeights } from "../../db/indexes/weight.ts";
import type { Embedder } from "../../embed/embedder.ts";
import { createEmbedderFor } from "../live-index.ts";
import type { EmbedderSettings } from "../same-embedder.ts";

/** The embedders of all indexes of a watcher. There is one for each model, bound to the weights of each generation. */
export class WatchEmbedders {
  readonly #database: Database;
  readonly #settings: EmbedderSettings;
  readonly #byModel = new Map<string, Embedder>();
  readonly #byGeneration = new Map<number, Embedder>();

  constructor(database: Database, settings: EmbedderSettings) {
    this.#database = database;
    this.#settings = settings;
  }

  async of(index: IndexRecord): Promise<Embedder> {
    const known = this.#byGeneration.get(index.id);
    if (known !== undefined) return known;
    const model = `${index.modelId} ${index.modelChecksum}`;
    const embedder = this.#byModel.get(model) ?? (await createEmbedderFor(this.#database, index, this.#settings));
    this.#byModel.set(model, embedder);
    const own = embedder.withWeights(await readWeights(this.#database, index));
    this.#byGeneration.set(index.id, own);
    return own;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#byModel.values()].map((embedder) => embedder.close()));
  }
}
