import { findDuplicates, findDuplicatesBy, type Duplicates, type GrowingSearch } from "../../cluster/duplicates.ts";
import type { Database } from "../../db/database.ts";
import { saveDuplicates } from "../../db/results/duplicate.ts";
import type { Key } from "../../db/index-record.ts";
import { getIndex } from "../../db/indexes/index-store.ts";
import { keyId } from "../../db/statement/key.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { inSnapshot } from "../../db/connect/snapshot.ts";
import { requireUnchanged } from "../../db/source/source-error.ts";
import { readVectors } from "../../db/entries/vectors.ts";
import { openMatrixProduct } from "../../embed/matrix-product.ts";
import { loadModel } from "../../embed/model-package.ts";
import { differences } from "../../judge/chance/difference.ts";
import type { Judge } from "../../judge/chance/judge.ts";
import { readText } from "../../judge/chance/reading.ts";
import { judgeOf } from "../judge-of.ts";
import { LtdError } from "../../errors.ts";
import { loadPart } from "../../package-part.ts";
import { requireWhole } from "../../range.ts";
import { reorderRows, type Matrix } from "../../vector/matrix.ts";
import { readBehind } from "../behind.ts";
import { preferredOrder, reasonFor, type Keep } from "./dedupe-order.ts";
import { readTexts } from "../row-text.ts";
import { duplicateThreshold } from "../thresholds.ts";

/** Settings of {@link dedupe}. */
export interface DedupeOptions {
  /** Cosine from which on a row is a duplicate, in [0, 1]. Default: half of the way from the answer threshold of the index to 1. */
  threshold?: number | undefined;
  /** Which row of a group survives: the first or last key, the longest text, the row with most columns filled. Default `first`. */
  keep?: Keep | undefined;
  /** `exact` compares all; `hnsw` walks a graph: less work from some hundred thousand rows on, and misses a few. Default `exact`. */
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

/** A row of a group. */
export interface DuplicateRow {
  readonly key: Key;
  readonly text: string;
  /** Cosine with the survivor; 1 for the survivor. */
  readonly similarity: number;
}

/** A row and those that it can stand for. */
export interface DuplicateGroup {
  readonly survivor: DuplicateRow;
  /** Why this one survives, in a few words. */
  readonly reason: string;
  /** The nearest first: each at least as similar to the survivor as the threshold. */
  readonly duplicates: readonly DuplicateRow[];
}

/** Two rows that are as near as duplicates, but say something differently. */
export interface HeldPair {
  readonly row: DuplicateRow;
  readonly survivor: DuplicateRow;
  /** What they say differently: `number: 4090, 4060`. */
  readonly reasons: readonly string[];
}

/** What {@link dedupe} found. */
export interface DedupeResult {
  readonly index: string;
  readonly threshold: number;
  readonly keep: Keep;
  readonly method: "exact" | "hnsw";
  /** Rows that have a vector. */
  readonly rows: number;
  /** Rows that a survivor stands for. */
  readonly duplicates: number;
  /** The largest first. */
  readonly groups: readonly DuplicateGroup[];
  /** Pairs that are near enough, but differ in a number, a name, an opposite, who does what to whom: no duplicates. The nearest first. */
  readonly held: readonly HeldPair[];
  readonly saved: boolean;
  /** Changed rows that `sync` has not come to: they are compared as they were. */
  readonly pending: number;
  /** Rows that `sync` has given up. */
  readonly failed: number;
  readonly seconds: number;
}

/**
 * Groups of rows of an index that say nearly the same, with the row of each group that survives. The table stays as it is.
 *
 * Every row of a group is at least as similar to its survivor as the threshold, and no two survivors are; groups do not chain from row to row.
 *
 * Cost: see `findDuplicates`; the vectors in memory, 205 MB for 100,000 rows of 512 dimensions. Throws LtdError "usage" for settings out of
 * range, "index" when there is no such index.
 */
export async function dedupe(database: Database, name: string, options: DedupeOptions = {}): Promise<DedupeResult> {
  const started = performance.now();
  const { keep = "first", method = "exact", save = false, signal } = options;
  requireOptions(options);
  await requireSchema(database);
  const { index, behind, keys, vectors } = await inSnapshot(database, async (tx) => {
    const record = await getIndex(tx, name);
    requireUnchanged(record);
    return { index: record, behind: await readBehind(tx, record), ...(await readVectors(tx, record)) };
  });
  signal?.throwIfAborted();
  const model = await loadModel(options.model ?? index.modelId);
  const threshold = options.threshold ?? duplicateThreshold(model.description.thresholds.answer);
  const order = await preferredOrder(database, index, keys, keep);
  signal?.throwIfAborted();
  reorderRows(vectors, order);
  const { survivors, similarities } = await find(vectors, threshold, method, options);
  const near: Pair[] = [];
  survivors.forEach((survivor, at) => survivor !== at && near.push({ at, survivor, similarity: similarities[at]! }));
  const keyAt = (at: number): Key => keys[order[at]!]!;
  const shown = [...new Set(near.flatMap(({ at, survivor }) => [at, survivor]))];
  const texts = await readTexts(database, index, shown.map(keyAt));
  const rowAt = (at: number, similarity: number): DuplicateRow => ({
    key: keyAt(at),
    text: texts.get(keyId(keyAt(at))) ?? "",
    similarity,
  });
  const { found, held } = holdBack(near, rowAt, judgeOf(model));
  if (save) {
    const toStore = ({ at, survivor, similarity }: Pair) => ({ key: keyAt(at), survivor: keyAt(survivor), similarity });
    await database.transaction((tx) => saveDuplicates(tx, index.name, found.map(toStore)));
  }
  const groups = new Map<number, DuplicateRow[]>();
  for (const { at, survivor, similarity } of found) {
    if (!groups.has(survivor)) groups.set(survivor, []);
    groups.get(survivor)!.push(rowAt(at, similarity));
  }
  return {
    index: name,
    threshold,
    keep,
    method,
    rows: keys.length,
    duplicates: found.length,
    groups: [...groups]
      .sort(([a, x], [b, y]) => y.length - x.length || a - b)
      .map(([survivor, duplicates]) => ({
        survivor: rowAt(survivor, 1),
        reason: reasonFor(keep),
        duplicates: duplicates.toSorted((a, b) => b.similarity - a.similarity),
      })),
    held,
    saved: save,
    ...behind,
    seconds: (performance.now() - started) / 1000,
  };
}

/** A row and the survivor that it is near to. */
interface Pair {
  readonly at: number;
  readonly survivor: number;
  readonly similarity: number;
}

/** Parts the duplicates from those pairs that say something differently, by the judge of the model; without one all are duplicates. */
function holdBack(
  near: readonly Pair[],
  rowAt: (at: number, similarity: number) => DuplicateRow,
  judge: Judge | undefined,
): { found: Pair[]; held: HeldPair[] } {
  const found: Pair[] = [];
  const held: HeldPair[] = [];
  for (const pair of near) {
    const [row, survivor] = [rowAt(pair.at, pair.similarity), rowAt(pair.survivor, 1)];
    const reasons =
      judge === undefined || row.text === survivor.text ? [] : reasonsAgainst(row.text, survivor.text, judge);
    if (reasons.length > 0) held.push({ row, survivor, reasons });
    else found.push(pair);
  }
  return { found, held: held.sort((a, b) => b.row.similarity - a.row.similarity) };
}

function reasonsAgainst(text: string, other: string, { knowledge }: Judge): string[] {
  return differences(readText(text, knowledge), readText(other, knowledge)).map(
    ({ kind, question, row }) => `${kind}: ${question}, ${row}`,
  );
}

async function find(
  vectors: Matrix,
  threshold: number,
  method: "exact" | "hnsw",
  { threads, efSearch, signal, onProgress }: DedupeOptions,
): Promise<Duplicates> {
  const total = vectors.rows;
  const options = { threshold, signal, onProgress: (done: number) => onProgress?.({ done, total }) };
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
    nearest: (vector) =>
      graph.rows === 0 ? undefined : graph.search({ rows: 1, dims, data: vector }, 1, { efSearch })[0]![0],
  };
}

function requireOptions({ threshold, keep, method, efSearch }: DedupeOptions): void {
  if (threshold !== undefined && !(threshold >= 0 && threshold <= 1)) {
    throw new LtdError("usage", `threshold is ${threshold}, but must be a cosine, from 0 to 1`, {
      hint: "0.95 finds texts that say the same in other words, 0.999 those that differ in marks and blanks",
    });
  }
  if (keep !== undefined) reasonFor(keep);
  if (method !== undefined && method !== "exact" && method !== "hnsw") {
    throw new LtdError("usage", `method is ${String(method)}, but must be exact or hnsw`);
  }
  if (efSearch !== undefined) requireWhole("efSearch", efSearch, 1, 1000);
}
