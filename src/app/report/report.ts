import type { Database } from "../../db/database.ts";
import type { IndexRecord, Key } from "../../db/index-record.ts";
import { findFront } from "../../db/indexes/front.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { keyId } from "../../db/statement/key.ts";
import { openMatrixProduct } from "../../embed/matrix-product.ts";
import { LtdError } from "../../errors.ts";
import { packageVersion } from "../../package-root.ts";
import { requireWhole } from "../../range.ts";
import { mapOf } from "../../report/map/map.ts";
import { mapQuality } from "../../report/map/quality.ts";
import type { ReportCurve, ReportData, ReportSync } from "../../report/report-data.ts";
import { createMatrix, rowOf, type Matrix } from "../../vector/matrix.ts";
import type { MatrixProduct } from "../../vector/product.ts";
import { Random } from "../../vector/random.ts";
import type { CalibrateResult } from "../judge/calibrate.ts";
import { LiveIndex } from "../live-index.ts";
import type { EmbedderSettings } from "../same-embedder.ts";
import { clustersFor } from "./clusters.ts";
import { duplicatesFor } from "./duplicates.ts";
import { unanswered } from "./questions.ts";
import { noVectors } from "../askable.ts";
import type { IndexStatus } from "../status.ts";
import { declaredFront } from "../shards/declared.ts";
import { Front } from "../shards/front.ts";
import { frontSource, indexSource, type ReportSource } from "./source.ts";
import { judgeOf } from "../judge-of.ts";
import { duplicateThreshold, thresholdsOf } from "../thresholds.ts";

/** What a report is busy with. */
export type ReportStep = "cluster" | "duplicates" | "read" | "map" | "questions";

/** Settings of {@link report}. */
export interface ReportOptions extends EmbedderSettings {
  /**
   * Rows that are drawn at most, chosen by chance among more: 1 to 200,000, default 50,000. Time grows with the square.
   */
  points?: number | undefined;
  /** Clusters, 1 to the number of rows, or `auto`, the default: the number with the largest silhouette. */
  k?: number | "auto" | undefined;
  /** A saved clustering to show in place of clusters made for the report. */
  clustering?: string | undefined;
  /** Look for near-duplicates: default true. Time grows with the square of the rows. */
  duplicates?: boolean | undefined;
  /**
   * Questions that people asked: those without a sure answer are shown. Default: those of the index's log, where there
   * is one.
   */
  questions?: readonly string[] | undefined;
  /** The same seed gives the same map of the same rows. Default 1. */
  seed?: number | undefined;
  signal?: AbortSignal | undefined;
  /** Called when a step begins. */
  onStep?: ((step: ReportStep) => void) | undefined;
}

/** Most rows of a map. */
export const MOST_POINTS = 200_000;

/**
 * Gathers the data of a report on an index. It has a map of its rows, clusters, duplicates, thresholds, questions
 * without an answer, and the progress of its sync. Reads only. `reportHtml` makes the page of it. Of a front it is on
 * the rows of all shards, which must all answer.
 *
 * The map takes some seconds of one core for 10,000 rows and half a minute for 50,000; for clusters and duplicates see
 * `cluster` and `dedupe`. The vectors take 205 MB of memory for 100,000 rows. Throws LtdError "usage" for settings out
 * of range, "index" for an index that does not exist or has no vectors.
 * @example
 * const database = await openDatabase();
 * await writeFile("faq.html", reportHtml(await report(database, "faq")));
 */
export async function report(database: Database, name: string, options: ReportOptions = {}): Promise<ReportData> {
  if (options.clustering !== undefined && options.k !== undefined) {
    throw new LtdError("usage", `the clustering ${options.clustering} already has its clusters: leave k out`);
  }
  requireWhole("points", options.points ?? 1, 1, MOST_POINTS);
  requireWhole("seed", options.seed ?? 0, 0, 2 ** 32 - 1);
  await requireSchema(database);
  const record = await findFront(database, name);
  const product = await openMatrixProduct(options.threads);
  try {
    if (record === undefined) {
      const live = await LiveIndex.open(database, name, options);
      try {
        return await live.read((generation) => gather(indexSource(database, generation), product.multiply, options));
      } finally {
        await live.close();
      }
    }
    const { model, threads } = options;
    const front = await Front.open(declaredFront(database, record), { model, threads });
    try {
      return await front.read(async (state) => gather(await frontSource(front, state), product.multiply, options));
    } finally {
      await front.close();
    }
  } finally {
    await product.close();
  }
}

async function gather(source: ReportSource, multiply: MatrixProduct, options: ReportOptions): Promise<ReportData> {
  const { questions, seed = 1, points: most = 50_000, duplicates = true, threads, signal, onStep } = options;
  const { name, record: index } = source;
  const { embedder } = source.searchable;
  const status = await source.status();
  if (status.indexed === 0) throw noVectors(source, status.pending + status.leased);
  const {
    answer,
    suggest,
    margin,
    source: from,
    stale,
  } = thresholdsOf(index, judgeOf(embedder.model) ?? embedder.model.description);
  onStep?.("cluster");
  const { clusters, clusterOf } = await clustersFor(source, options.clustering, {
    k: options.k,
    seed,
    threads,
    signal,
  });
  signal?.throwIfAborted();
  if (duplicates) onStep?.("duplicates");
  const near = duplicates
    ? await duplicatesFor(source, {
        threshold: duplicateThreshold(embedder.model.description.thresholds.answer),
        threads,
        signal,
      })
    : null;
  onStep?.("read");
  const { keys, vectors, texts } = await readRows(source, status.indexed, most, new Random(seed));
  signal?.throwIfAborted();
  onStep?.("map");
  const positions = await mapOf(vectors, multiply, { seed, ...(signal && { signal }) });
  const quality = await mapQuality(vectors, positions, multiply, { seed });
  if (questions) onStep?.("questions");
  return {
    index: name,
    table: status.table,
    model: index.modelId,
    version: packageVersion(),
    createdAt: new Date().toISOString(),
    sync: syncOf(status),
    rows: status.indexed,
    points: keys.map((key, at) => ({
      key,
      text: texts[at]!,
      x: positions[2 * at]!,
      y: positions[2 * at + 1]!,
      cluster: clusterOf.get(keyId(key)) ?? null,
    })),
    quality,
    clusters,
    unassigned: Math.max(0, status.indexed - clusters.reduce((sum, { size }) => sum + size, 0)),
    duplicates: near,
    thresholds: { answer, suggest, margin, source: from, stale, curve: from === "calibrated" ? curveOf(index) : null },
    questions: await unanswered(source, questions, { multiply, threads, signal }),
  };
}

/** The part of `status` that the page shows. No more, as every page would contain it. */
function syncOf(status: IndexStatus): ReportSync {
  const { entries, indexed, empty, truncated, pending, leased, failed } = status;
  const { oldestSeconds, lastError, vectorIndex, sourceExists } = status;
  const counts = { entries, indexed, empty, truncated, pending, leased, failed };
  return { ...counts, oldestSeconds, lastError, vectorIndex, sourceExists };
}

/** What `calibrate` has stored. */
function curveOf({ calibration }: IndexRecord): ReportCurve | null {
  if (calibration === null) return null;
  const { isLabelled, curve } = calibration.report as unknown as Pick<CalibrateResult, "isLabelled" | "curve">;
  const measure = isLabelled ? "precision" : "falseAnswers";
  const points = curve.map((operation) => {
    const { value, low, high } = operation[measure];
    return { threshold: operation.threshold, value, low, high, coverage: operation.coverage.value };
  });
  return { measure, points };
}

interface Rows {
  readonly keys: readonly Key[];
  /** N x D. */
  readonly vectors: Matrix;
  readonly texts: readonly string[];
}

/** Rows that are read at least, and how many times those drawn: a part by chance must have enough. */
const LEAST_READ = 10_000;
const READ_SHARE = 1.2;

/**
 * Vectors and texts of up to `most` of all rows. Rows that are gone from the table are left out. Of many more rows, a
 * part is read in which they are drawn, so that memory does not grow with them.
 */
async function readRows(source: ReportSource, total: number, most: number, random: Random): Promise<Rows> {
  const all = await source.part(Math.max(1, Math.floor(total / Math.max(LEAST_READ, READ_SHARE * most))));
  const drawn = random.some([...all.keys.keys()], most);
  const texts = await source.loop.texts(drawn.map((row) => all.keys[row]!));
  const rows = drawn.filter((row) => texts.has(keyId(all.keys[row]!)));
  const vectors = createMatrix(rows.length, all.vectors.dims);
  rows.forEach((row, at) => rowOf(vectors, at).set(rowOf(all.vectors, row)));
  const keys = rows.map((row) => all.keys[row]!);
  return { keys, vectors, texts: keys.map((key) => texts.get(keyId(key))!) };
}
