import { openLocalFile, type LocalFile } from "../../ann/local-file.ts";
import { hashOfKey } from "../../ann/row-table.ts";
import type { Sidecar } from "../../ann/sidecar.ts";
import type { VectorHit, VectorSearchOptions } from "../../ann/vector-search.ts";
import type { Neighbour } from "../../db/ask/nearest.ts";
import type { RowFilter } from "../../db/ask/read-index.ts";
import { createEmbedder, type Embedder } from "../../embed/embedder.ts";
import { LtdError } from "../../errors.ts";
import { bareText } from "../../text/normalize.ts";
import { rowOf } from "../../vector/matrix.ts";
import { dot } from "../../vector/product.ts";
import type { EmbedderSettings } from "../live-index.ts";
import type { MatchPlace } from "../ask/match.ts";
import { thresholdsOf } from "../thresholds.ts";

/** A local file and the embedder that its vectors are of. */
export interface OpenLocal {
  readonly file: LocalFile;
  readonly embedder: Embedder;
  readonly place: MatchPlace;
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
    const { template, thresholds, generation, model } = file.sidecar;
    const aliases = new Map(file.sidecar.aliases);
    const place: MatchPlace = {
      template,
      thresholds: thresholdsOf(
        {
          answerThreshold: thresholds.answer,
          suggestThreshold: thresholds.suggest,
          answerMargin: thresholds.margin,
          calibration: null,
          generation,
          modelId: model.id,
          modelChecksum: model.fingerprint,
        },
        embedder.model.description,
      ),
      find: async (questions, queries, k, { efSearch, ...filter }) => {
        requireNoFilter(filter);
        const hits = file.search.search(queries, k, efSearch === undefined ? {} : { efSearch });
        return Promise.all(
          hits.map(async (each, at) => ({
            near: await toNeighbours(file, each),
            alias: await aliasedRow(file, aliases, questions[at]!, rowOf(queries, at)),
          })),
        );
      },
    };
    return { file, embedder, place, close: async () => void (await Promise.all([file.close(), embedder.close()])) };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function embedderOf(path: string, sidecar: Sidecar, { model, threads }: EmbedderSettings): Promise<Embedder> {
  const weights = new Map(sidecar.weights.map(([word, idf, frequency]) => [word, { idf, frequency }]));
  const embedder = await createEmbedder({
    model: model ?? sidecar.model.id,
    weights,
    ...(threads !== undefined && { threads }),
  });
  const { fingerprint, description } = embedder.model;
  if (fingerprint === sidecar.model.fingerprint) return embedder;
  await embedder.close();
  const of = (id: string, checksum: string) => `${id} (${checksum.slice(0, 12)}…)`;
  throw new LtdError(
    "model",
    `${path} has vectors of the model ${of(sidecar.model.id, sidecar.model.fingerprint)}, not of ${of(description.id, fingerprint)}`,
    { hint: "use --model with the model of the file, or export it again with the program that asks it" },
  );
}

/** Throws an LtdError "usage" for a filter: the file has no way to look one up. */
export function requireNoFilter({ filter, where }: RowFilter): void {
  if (filter === undefined && where === undefined) return;
  throw new LtdError("usage", "a local file cannot be filtered", { hint: "ask the index in the database" });
}

/** The rows of what was found. */
async function toNeighbours(file: LocalFile, hits: readonly VectorHit[]): Promise<Neighbour[]> {
  const rows = await file.rows.read(hits.map(({ label }) => label));
  return rows.map(({ key, row }, at) => ({ key, similarity: hits[at]!.similarity, row }));
}

/** The row that a question is an alias of, with its similarity to the question's vector. */
async function aliasedRow(
  file: LocalFile,
  aliases: ReadonlyMap<string, readonly string[]>,
  question: string,
  vector: Float32Array,
): Promise<Neighbour | undefined> {
  const key = aliases.get(bareText(question));
  const label = key && file.rows.table.labelOf(hashOfKey(key));
  if (label === undefined) return undefined;
  const similarity = Math.max(-1, Math.min(1, dot(vector, file.search.vectorOf(label))));
  return (await toNeighbours(file, [{ label, similarity }]))[0];
}

/** The rows nearest to another row of the file, itself left out. Throws LtdError "input" for a key that the file does not have. */
export async function nearestToLocalKey(
  file: LocalFile,
  key: readonly string[],
  k: number,
  options: VectorSearchOptions,
): Promise<Neighbour[]> {
  const label = file.rows.table.labelOf(hashOfKey(key));
  if (label === undefined) {
    throw new LtdError("input", `the row ${key.join(", ")} is not in ${file.path}`, {
      hint: "it has no letter or digit, or is newer than the file: ltd-index export",
    });
  }
  const vector = file.search.vectorOf(label);
  const [hits] = file.search.search({ rows: 1, dims: vector.length, data: vector }, k + 1, options);
  return toNeighbours(file, hits!.filter((hit) => hit.label !== label).slice(0, k));
}
