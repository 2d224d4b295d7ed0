import {
  findDuplicates,
  findDuplicatesBy,
  type DuplicateOptions,
  type Duplicates,
  type GrowingSearch,
  type Near,
} from "../../cluster/duplicates.ts";
import type { Database } from "../../db/database.ts";
import { saveDuplicates, type StoredDuplicate } from "../../db/results/duplicate.ts";
import type { Key } from "../../db/index-record.ts";
import { getIndex } from "../../db/indexes/find-index.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { inSnapshot } from "../../db/connect/snapshot.ts";
import { requireUnchanged } from "../../db/source/source-error.ts";
import { readVectors } from "../../db/entries/vectors.ts";
import { openMatrixProduct } from "../../embed/matrix-product.ts";
import { loadModel } from "../../embed/model-package.ts";
import { judgeOf } from "../judge-of.ts";
import { LtdError } from "../../errors.ts";
import { loadPart } from "../../package-part.ts";
import { requireWhole } from "../../range.ts";
import { reorderRows, type Matrix } from "../../vector/matrix.ts";
import { readBehind } from "../behind.ts";
import {
  differencesBetween,
  groupBySurvivor,
  toHeld,
  type DuplicateGroup,
  type DuplicateRow,
  type HeldPair,
} from "./dedupe-groups.ts";
import { preferredOrder, reasonFor, tableRows, type ComparedRows, type Keep } from "./dedupe-order.ts";
import { duplicateThreshold } from "../thresholds.ts";

/** Settings of {@link dedupe}. */
export interface DedupeOptions {
  /**
   * Cosine from which on a row is a duplicate, in [0, 1]. Default: half of the way from the answer threshold of the
   * index to 1.
   */
  threshold?: number | undefined;
  /**
   * Which row of a group survives. The first or last key, the longest text, or the row with most columns filled.
   * Default `first`.
   */
  keep?: Keep | undefined;
  /**
   * How rows are compared. With `exact`, all pairs; `hnsw` walks a graph, which is faster from some hundred thousand
   * rows on and misses a few. Default `exact`.
   */
  method?: "exact" | "hnsw" | undefined;
  /** Candidates that `hnsw` keeps, 1 to 1,000: more misses fewer. Default 100. */
  efSearch?: number | undefined;
  /** Writes what was found into `ltd.duplicate`, in the place of what was found before. */
  save?: boolean | undefined;
  /** Package or id of the model, for the threshold. Default: the model of the index. */
  model?: string | undefined;
  /** Cores that compute. Default: all, 4 at most. */
  threads?: number | undefined;
  /** Ends it within a second; nothing is written then. */
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: { done: number; total: number }) => void) | undefined;
}

/** What {@link dedupe} found. */
export interface DedupeResult {
  readonly index: string;
  readonly threshold: number;
  readonly keep: Keep;
  readonly method: "exact" | "hnsw";
  /** Rows that have a vector. */
  readonly rows: number;
  /** The duplicates of a survivor. */
  readonly duplicates: number;
  /** The largest first. */
  readonly groups: readonly DuplicateGroup[];
  /**
   * Pairs that are near enough but no duplicates. They differ in a number, a name, an opposite, or in who does what to
   * whom. The nearest first.
   */
  readonly held: readonly HeldPair[];
  readonly saved: boolean;
  /** Changed rows that wait for `sync`: they are compared by their old text. */
  readonly pending: number;
  /** Rows that `sync` has given up. */
  readonly failed: number;
  readonly seconds: number;
  /** Shards whose rows are missing, as they did not answer; never empty. */
  readonly partial?: readonly string[];
}

/**
 * Groups of rows of an index that say nearly the same, with the row of each group that survives. The table stays as it
 * is.
 *
 * Every row of a group is at least as similar to its survivor as the threshold, and no two survivors are; groups do not
 * chain from row to row.
 *
 * Cost: see `findDuplicates`; the vectors in memory, 205 MB for 100,000 rows of 512 dimensions. Throws LtdError "usage"
 * for settings out of range, "index" when there is no such index.
 *
 * @example
 * const database = await openDatabase();
 * const { groups } = await dedupe(database, "faq");
 * for (const { survivor, duplicates } of groups) console.log(survivor.text, duplicates.length);
 */
export async function dedupe(database: Database, name: string, options: DedupeOptions = {}): Promise<DedupeResult> {
  const started = performance.now();
  const { save = false, signal } = options;
  requireDedupeOptions(options);
  await requireSchema(database);
  const { index, behind, keys, vectors } = await inSnapshot(database, async (tx) => {
    const record = await getIndex(tx, name);
    requireUnchanged(record);
    return { index: record, behind: await readBehind(tx, record), ...(await readVectors(tx, record)) };
  });
  signal?.throwIfAborted();
  const rows = { keys, vectors, ...tableRows(database, index, keys) };
  const { pairs, ...found } = await compareRows(rows, index.modelId, options);
  if (save) await database.transaction((tx) => saveDuplicates(tx, index.name, toStore(pairs, keys)));
  return { index: name, ...found, saved: save, ...behind, seconds: (performance.now() - started) / 1000 };
}

/** What {@link compareRows} found. */
export interface Compared extends Pick<
  DedupeResult,
  "threshold" | "keep" | "method" | "rows" | "duplicates" | "groups" | "held"
> {
  /** The duplicates, by their places in the list of keys. */
  readonly pairs: readonly Near[];
}

/** Compares rows, of one index or of several. By default the threshold is that of the model `modelId`. */
export async function compareRows(rows: ComparedRows, modelId: string, options: DedupeOptions): Promise<Compared> {
  const { keep = "first", method = "exact", signal } = options;
  const { keys, vectors } = rows;
  const model = await loadModel(options.model ?? modelId);
  const threshold = options.threshold ?? duplicateThreshold(model.description.thresholds.answer);
  const order = await preferredOrder(rows, keep);
  signal?.throwIfAborted();
  reorderRows(vectors, order);
  const judge = judgeOf(model);
  // only the judge reads texts of rows that are no duplicates
  const texts = judge && (await rows.texts([...keys.keys()]));
  const differs = judge && differencesBetween((at) => texts?.[order[at]!] ?? "", judge);
  const isSame = differs && ((at: number, survivor: number) => differs(at, survivor).length === 0);
  const { survivors, similarities, held } = await find(vectors, threshold, method, { ...options, isSame });
  const found = pairsOf(survivors, similarities);
  const pairs = found.map(({ row, survivor, similarity }) => ({
    row: order[row]!,
    survivor: order[survivor]!,
    similarity,
  }));
  const shown = texts ?? (await textsOf(rows, pairs));
  const rowAt = (at: number, similarity: number): DuplicateRow => ({
    key: keys[order[at]!]!,
    text: shown[order[at]!] ?? "",
    similarity,
  });
  return {
    threshold,
    keep,
    method,
    rows: keys.length,
    duplicates: pairs.length,
    groups: groupBySurvivor(found, rowAt, reasonFor(keep)),
    held: held.toSorted((a, b) => b.similarity - a.similarity).map((pair) => toHeld(pair, rowAt, differs)),
    pairs,
  };
}

/** The texts of the rows of pairs, by their places. */
async function textsOf(rows: ComparedRows, pairs: readonly Near[]): Promise<(string | undefined)[]> {
  const places = pairs.flatMap(({ row, survivor }) => [row, survivor]);
  const all: (string | undefined)[] = [];
  for (const [at, text] of (await rows.texts(places)).entries()) all[places[at]!] = text;
  return all;
}

/** Pairs as the database holds them. */
export function toStore(pairs: readonly Near[], keys: readonly Key[]): StoredDuplicate[] {
  return pairs.map(({ row, survivor, similarity }) => ({ key: keys[row]!, survivor: keys[survivor]!, similarity }));
}

function pairsOf(survivors: Int32Array, similarities: Float32Array): Near[] {
  return [...survivors.keys()]
    .filter((row) => survivors[row] !== row)
    .map((row) => ({ row, survivor: survivors[row]!, similarity: similarities[row]! }));
}

async function find(
  vectors: Matrix,
  threshold: number,
  method: "exact" | "hnsw",
  { threads, efSearch, signal, onProgress, isSame }: DedupeOptions & Pick<DuplicateOptions, "isSame">,
): Promise<Duplicates> {
  const total = vectors.rows;
  const options = { threshold, isSame, signal, onProgress: (done: number) => onProgress?.({ done, total }) };
  if (method === "hnsw") return findDuplicatesBy(vectors, await graphSearch(vectors.dims, efSearch), options);
  const product = await openMatrixProduct(threads);
  try {
    return await findDuplicates(vectors, product.multiply, options);
  } finally {
    await product.close();
  }
}

/** An HNSW graph that grows with the survivors. */
export async function graphSearch(dims: number, efSearch = 100): Promise<GrowingSearch> {
  const { HnswGraph } = await loadPart("hnswlib-node", () => import("../../ann/hnsw.ts"));
  const graph = HnswGraph.create(dims, { efSearch });
  return {
    add: (vector) => void graph.add(vector),
    nearest: (vector, k) =>
      graph.rows === 0 ? [] : graph.search({ rows: 1, dims, data: vector }, k, { efSearch })[0]!,
  };
}

/** Throws LtdError("usage") for what is out of range. */
export function requireDedupeOptions({ threshold, keep, method, efSearch }: DedupeOptions): void {
  if (threshold !== undefined && !(threshold >= 0 && threshold <= 1)) {
    throw new LtdError("usage", `threshold is ${threshold}, but must be a cosine, from 0 to 1`, {
      hint: "0.95 finds texts that say the same in other words, 0.999 those that differ only in punctuation and blanks",
    });
  }
  if (keep !== undefined) reasonFor(keep);
  if (method !== undefined && method !== "exact" && method !== "hnsw") {
    throw new LtdError("usage", `method is ${String(method)}, but must be exact or hnsw`);
  }
  if (efSearch !== undefined) requireWhole("efSearch", efSearch, 1, 1000);
}
