import type { StoredRow } from "../../ann/row-file.ts";
import type { Sidecar } from "../../ann/sidecar.ts";
import type { VectorHit, VectorSearch, VectorSearchOptions } from "../../ann/vector-search.ts";
import { keyId } from "../../db/statement/key.ts";
import type { Neighbour } from "../../db/ask/nearest.ts";
import type { RowFilter } from "../../db/ask/read-index.ts";
import type { WordingVectors } from "../../db/entries/wording-vectors.ts";
import type { Embedder } from "../../embed/embedder.ts";
import { LtdError } from "../../errors.ts";
import type { Judge } from "../../judge/chance/judge.ts";
import { refusal } from "../../judge/refusal.ts";
import { bareText } from "../../text/normalize.ts";
import { rowOf } from "../../vector/matrix.ts";
import { dot } from "../../vector/product.ts";
import type { Found, Searchable } from "../ask/searchable.ts";
import { parseTemplate, renderTemplate, type Template } from "../template.ts";
import { thresholdsOf } from "../thresholds.ts";
import { valuesOf } from "./stored-values.ts";

/** What a local file has for `match`: {@link LocalFile}, or the page that `export --html` writes. */
export interface AnswerFile {
  /** Where it is, for errors. */
  readonly path: string;
  readonly sidecar: Pick<Sidecar, "template" | "thresholds" | "generation" | "model" | "aliases" | "negatives">;
  readonly search: VectorSearch;
  readonly rows: {
    /** The label of a key's row; undefined when it has none. */
    labelOf(key: readonly string[]): number | undefined;
    read(labels: readonly number[]): Promise<StoredRow[]>;
  };
}

/**
 * A local file as `match` asks it. Throws LtdError "usage" for a filter. The negative questions of its rows are
 * embedded now: some 0.1 ms each.
 */
export async function searchableFile(
  file: AnswerFile,
  embedder: Embedder,
  judge: Judge | undefined,
): Promise<Searchable> {
  const { template, thresholds: own, generation, model, aliases } = file.sidecar;
  const thresholds = thresholdsOf(
    {
      answerThreshold: own.answer,
      suggestThreshold: own.suggest,
      answerMargin: own.margin,
      judgeSlope: own.slope ?? null,
      judgeOffset: own.offset ?? null,
      calibration: null,
      generation,
      modelId: model.id,
      modelChecksum: model.fingerprint,
    },
    judge ?? embedder.model.description,
  );
  const parsed = parseTemplate(template);
  const wordings = await wordingsOf(file, embedder, parsed);
  const refusalOf = (label: number, vector: Float32Array): number | null => {
    const row = wordings.get(label);
    return row === undefined ? null : refusal(vector, row);
  };
  const keyOfAlias = new Map(aliases);
  /** The row that has the question as an alias, as a hit of its vector. */
  const aliasHit = (question: string, vector: Float32Array): VectorHit[] => {
    const key = keyOfAlias.get(bareText(question));
    const label = key && file.rows.labelOf(key);
    if (label === undefined) return [];
    const similarity = dot(vector, file.search.vectorOf(label));
    return [{ label, similarity: Math.max(-1, Math.min(1, similarity)) }];
  };
  return {
    template: parsed,
    embedder,
    judge,
    thresholds,
    find: async (questions, vectors, k, { efSearch, ...filter }) => {
      requireNoFilter(filter);
      const found = file.search.search(vectors, k, efSearch === undefined ? {} : { efSearch });
      return Promise.all(
        found.map(async (hits, at): Promise<Found> => {
          const vector = rowOf(vectors, at);
          const [alias] = await toNeighbours(file, aliasHit(questions[at]!, vector));
          const near = await toNeighbours(file, hits);
          const refusals = hits.map(({ label }) => refusalOf(label, vector));
          return { near: near.map((row, n) => ({ ...row, refusal: refusals[n]! })), alias, thresholds, plan: null };
        }),
      );
    },
  };
}

/** The vectors of the wordings of rows with negative questions, by label. */
async function wordingsOf(
  file: AnswerFile,
  embedder: Embedder,
  template: Template,
): Promise<Map<number, WordingVectors>> {
  const found = new Map<number, WordingVectors>();
  for (const [key, aliases, negatives] of file.sidecar.negatives ?? []) {
    const label = file.rows.labelOf(key);
    if (label === undefined) continue;
    const [stored] = await file.rows.read([label]);
    const own = [renderTemplate(template, valuesOf(template.columns, stored!)), ...aliases];
    const matrix = await embedder.embed([...own, ...negatives]);
    const vectors = Array.from({ length: matrix.rows }, (_, row) => rowOf(matrix, row));
    found.set(label, { own: vectors.slice(0, own.length), negative: vectors.slice(own.length) });
  }
  return found;
}

/**
 * The rows nearest to another row of the file, itself left out. Throws LtdError "input" for a key that the file does
 * not have.
 */
export async function nearestToLocalKey(
  file: AnswerFile,
  key: readonly string[],
  k: number,
  { efSearch, ...filter }: VectorSearchOptions & RowFilter,
): Promise<Neighbour[]> {
  requireNoFilter(filter);
  const label = file.rows.labelOf(key);
  if (label === undefined) {
    throw new LtdError("input", `the row ${key.join(", ")} is not in ${file.path}`, {
      hint: "it has no letter or digit, or is newer than the file: ltd-index export",
    });
  }
  const vector = file.search.vectorOf(label);
  const [hits] = file.search.search(
    { rows: 1, dims: vector.length, data: vector },
    k + 1,
    efSearch === undefined ? {} : { efSearch },
  );
  return toNeighbours(file, hits!.filter((hit) => hit.label !== label).slice(0, k));
}

function requireNoFilter({ filter, where }: RowFilter): void {
  if (filter === undefined && where === undefined) return;
  throw new LtdError("usage", "a local file cannot be filtered", { hint: "ask the index in the database" });
}

const known = new WeakMap<AnswerFile, ReadonlyMap<string, readonly string[]>>();

/** The aliases of each row that has one, by `keyId`; they are looked through once a file. */
function aliasesByKey(file: AnswerFile): ReadonlyMap<string, readonly string[]> {
  const found = known.get(file);
  if (found !== undefined) return found;
  const aliases = new Map<string, string[]>();
  for (const [alias, key] of file.sidecar.aliases) aliases.set(keyId(key), [...(aliases.get(keyId(key)) ?? []), alias]);
  known.set(file, aliases);
  return aliases;
}

/** The rows of what was found. */
async function toNeighbours(file: AnswerFile, hits: readonly VectorHit[]): Promise<Neighbour[]> {
  const rows = await file.rows.read(hits.map(({ label }) => label));
  const { columns } = parseTemplate(file.sidecar.template);
  const aliasesOf = aliasesByKey(file);
  return rows.map((stored, at) => ({
    key: stored.key,
    similarity: hits[at]!.similarity,
    row: stored.row,
    values: valuesOf(columns, stored),
    refusal: null,
    wordings: aliasesOf.get(keyId(stored.key)) ?? [],
  }));
}
