import type { Fingerprint } from "../../db/indexes/front.ts";
import type { StoredWeights } from "../../db/indexes/weight.ts";
import { readWeights } from "../../db/indexes/weight.ts";
import { anotherModel } from "../../db/schema/model.ts";
import type { Embedder } from "../../embed/embedder.ts";
import { LtdError } from "../../errors.ts";
import { createSameEmbedder, type EmbedderSettings } from "../same-embedder.ts";
import type { Shard } from "./shard.ts";

/** The embedder of a generation that all shards have. Throws LtdError "model" when the model at hand is another. */
export function createFrontEmbedder(
  front: string,
  { model: id, modelChecksum }: Fingerprint,
  weights: StoredWeights,
  settings: EmbedderSettings,
): Promise<Embedder> {
  return createSameEmbedder({ id, fingerprint: modelChecksum }, weights, settings, (other) =>
    other.id === id
      ? anotherModel(id, modelChecksum, other.fingerprint)
      : new LtdError("model", `the shards of ${front} have vectors of the model ${id}, not of ${other.id}`, {
          hint: `vectors of two models cannot be compared: use --model with ${id}`,
        }),
  );
}

/** The same, with the weights of the first shard that answers. */
export async function createShardEmbedder(
  shards: readonly Shard[],
  { name, fingerprint }: { readonly name: string; readonly fingerprint: Fingerprint },
  settings: EmbedderSettings,
): Promise<Embedder> {
  let first: unknown;
  for (const shard of shards) {
    let weights: StoredWeights;
    try {
      weights = await shard.run(fingerprint, (database, record) => readWeights(database, record));
    } catch (error) {
      first ??= error;
      continue;
    }
    return createFrontEmbedder(name, fingerprint, weights, settings);
  }
  throw first;
}
