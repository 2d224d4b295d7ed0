import { createEmbedder, type Embedder } from "../embed/embedder.ts";
import type { ModelPackage } from "../embed/model-package.ts";
import type { WordWeights } from "../text/word-weight.ts";

/** Settings of an embedder. */
export interface EmbedderSettings {
  /** A loaded model, the id of a bundled one, or a folder. Default: the model of the index. */
  model?: ModelPackage | string | undefined;
  /** Default: the cores, 4 at most. */
  threads?: number | undefined;
}

/** What identifies a model. */
export interface ModelIdentity {
  readonly id: string;
  /** Checksum of the model package. */
  readonly fingerprint: string;
}

/**
 * Creates the embedder that vectors are of. Vectors of two models cannot be compared.
 *
 * @param mismatch the error to throw where the model at hand is another one
 */
export async function createSameEmbedder(
  wanted: ModelIdentity,
  weights: WordWeights,
  { model, threads }: EmbedderSettings,
  mismatch: (found: ModelIdentity) => Error,
): Promise<Embedder> {
  const embedder = await createEmbedder({
    model: model ?? wanted.id,
    weights,
    ...(threads !== undefined && { threads }),
  });
  const { fingerprint, description } = embedder.model;
  if (description.id === wanted.id && fingerprint === wanted.fingerprint) return embedder;
  await embedder.close();
  throw mismatch({ id: description.id, fingerprint });
}
