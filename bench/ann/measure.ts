import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ExactSearch } from "../../src/ann/exact.ts";
import type { HnswSettings } from "../../src/ann/hnsw-settings.ts";
import { HnswGraph } from "../../src/ann/hnsw.ts";
import type { VectorHit, VectorSearchOptions, VectorSearch } from "../../src/ann/vector-search.ts";
import { createMatrix, rowOf, type Matrix } from "../../src/vector/matrix.ts";
import { startClock } from "../shared/clock.ts";

/** Both ways to search a number of vectors. Times are of one core at work, in milliseconds a question. */
export interface SizeRow {
  rows: number;
  exactMs: number;
  /** 64 questions at once. */
  exactTogetherMs: number;
  hnswMs: number;
  recall: number;
  /** Seconds of one core to build the graph of all these vectors. */
  buildSeconds: number;
}

/** The graph of all vectors, searched with a number of candidates. */
export interface EfRow {
  efSearch: number;
  recall: number;
  ms: number;
}

/** A graph that is written and read. */
export interface FileFigures {
  graphBytes: number;
  vectorBytes: number;
  writeSeconds: number;
  loadSeconds: number;
}

/** What {@link measureSearch} found. */
export interface SearchFigures {
  sizes: SizeRow[];
  efs: EfRow[];
  file: FileFigures;
}

const K = 10;
const TOGETHER = 64;
const EFS = [10, 20, 50, 100, 150, 200, 400, 800];

/** Builds one graph step by step and, at each size, asks it and exact search the same questions. */
export async function measureSearch(
  vectors: Matrix,
  questions: Matrix,
  sizes: readonly number[],
  settings: HnswSettings,
  say: (line: string) => void,
): Promise<SearchFigures> {
  const graph = HnswGraph.create(vectors.dims, settings, vectors.rows);
  const found: SizeRow[] = [];
  let buildSeconds = 0;
  let truth: VectorHit[][] = [];
  for (const rows of sizes) {
    const clock = startClock();
    while (graph.labels < rows) graph.add(rowOf(vectors, graph.labels));
    buildSeconds += clock().cpuSeconds;
    const exact = new ExactSearch({ ...vectors, rows, data: vectors.data.subarray(0, rows * vectors.dims) });
    ask(exact, questions, 1); // what is compiled while it runs is compiled now
    const alone = ask(exact, questions, 1);
    const together = ask(exact, questions, TOGETHER);
    const approximate = ask(graph, questions, 1);
    truth = alone.hits;
    const recall = recallOf(approximate.hits, truth);
    found.push({ rows, exactMs: alone.ms, exactTogetherMs: together.ms, hnswMs: approximate.ms, recall, buildSeconds });
    say(
      `${rows} rows: exact ${alone.ms.toFixed(2)} ms, HNSW ${approximate.ms.toFixed(2)} ms, recall ${recall.toFixed(4)}`,
    );
  }
  const efs = EFS.map((efSearch) => {
    const { hits, ms } = ask(graph, questions, 1, { efSearch });
    return { efSearch, recall: recallOf(hits, truth), ms };
  });
  return { sizes: found, efs, file: await measureFile(graph, vectors) };
}

function ask(search: VectorSearch, questions: Matrix, together: number, options?: VectorSearchOptions) {
  const hits: VectorHit[][] = [];
  const clock = startClock();
  for (let first = 0; first < questions.rows; first += together) {
    const rows = Math.min(together, questions.rows - first);
    const data = questions.data.subarray(first * questions.dims, (first + rows) * questions.dims);
    hits.push(...search.search({ rows, dims: questions.dims, data }, K, options));
  }
  return { hits, ms: (1000 * clock().cpuSeconds) / questions.rows };
}

/** The share of what was found that is as near as the last of the true ones. */
function recallOf(found: readonly VectorHit[][], truth: readonly VectorHit[][]): number {
  let right = 0;
  let wanted = 0;
  truth.forEach((hits, question) => {
    const last = hits.at(-1)!.similarity - 1e-6;
    right += found[question]!.filter(({ similarity }) => similarity >= last).length;
    wanted += hits.length;
  });
  return right / wanted;
}

async function measureFile(graph: HnswGraph, vectors: Matrix): Promise<FileFigures> {
  const folder = await mkdtemp(join(tmpdir(), "ltd-bench-ann-"));
  try {
    const path = join(folder, "graph");
    const write = startClock();
    graph.save(path);
    const writeSeconds = write().seconds;
    const load = startClock();
    await HnswGraph.load(path, vectors.dims, graph.efSearch);
    const loadSeconds = load().seconds;
    return { graphBytes: (await stat(path)).size, vectorBytes: vectors.data.byteLength, writeSeconds, loadSeconds };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The rows that have a vector. */
export function withVectors(matrix: Matrix): Matrix {
  const { rows, dims } = matrix;
  const kept = Array.from({ length: rows }, (_, row) => row).filter((row) => !Number.isNaN(rowOf(matrix, row)[0]));
  const result = createMatrix(kept.length, dims);
  kept.forEach((row, at) => rowOf(result, at).set(rowOf(matrix, row)));
  return result;
}
