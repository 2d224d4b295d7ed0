import { openLocalFile, type LocalFile } from "../../ann/local-file.ts";
import type { Sidecar } from "../../ann/sidecar.ts";
import type { Embedder } from "../../embed/embedder.ts";
import { LtdError } from "../../errors.ts";
import type { Searchable } from "../ask/searchable.ts";
import { judgeOf } from "../judge-of.ts";
import { createSameEmbedder, type EmbedderSettings } from "../same-embedder.ts";
import { searchableFile } from "./searchable.ts";

/** A local file that is open, with the embedder that its vectors are of. */
export interface OpenLocal {
  readonly file: LocalFile;
  readonly searchable: Searchable;
  close(): Promise<void>;
}

/**
 * Opens a file that `exportIndex` wrote, with its model and the weights of its index.
 *
 * @throws LtdError "input" for a file that is missing or damaged, "model" where its model is not at hand
 */
export async function openLocal(path: string, settings: EmbedderSettings): Promise<OpenLocal> {
  const file = await openLocalFile(path);
  try {
    const embedder = await embedderOf(path, file.sidecar, settings);
    return {
      file,
      searchable: await searchableFile(file, embedder, judgeOf(embedder.model)),
      close: async () => void (await Promise.all([file.close(), embedder.close()])),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function embedderOf(path: string, sidecar: Sidecar, settings: EmbedderSettings): Promise<Embedder> {
  const weights = new Map(sidecar.weights.map(([word, idf, frequency]) => [word, { idf, frequency }]));
  return createSameEmbedder(sidecar.model, weights, settings, (found) => {
    const of = (id: string, fingerprint: string) => `${id} (${fingerprint.slice(0, 12)}…)`;
    const { id, fingerprint } = sidecar.model;
    return new LtdError(
      "model",
      `${path} has vectors of the model ${of(id, fingerprint)}, not of ${of(found.id, found.fingerprint)}`,
      { hint: "use --model with the model of the file, or export it again with the version that will read it" },
    );
  });
}
