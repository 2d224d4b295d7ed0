import { graphSearch } from "../../src/app/cluster/dedupe.ts";
import { findDuplicates, findDuplicatesBy } from "../../src/cluster/duplicates.ts";
import { openMatrixProduct } from "../../src/embed/matrix-product.ts";
import type { Matrix } from "../../src/vector/matrix.ts";
import { startClock, type Span } from "../shared/clock.ts";

/** Both ways to find duplicates. */
export interface DuplicateReport {
  rows: number;
  threshold: number;
  duplicates: number;
  exact: Span;
  /** Absent where only the exact way was asked for. */
  hnsw?: Span & {
    /** Of the duplicates that the exact way finds, the share that this one finds. */
    recall: number;
    /** Rows that only this one takes for duplicates: of a survivor that the exact way has as a duplicate itself. */
    other: number;
  };
}

/** Finds duplicates exactly and, if it is wanted, by a graph. The vectors are of no use afterwards. */
export async function measureDuplicates(
  vectors: Matrix,
  threshold: number,
  withGraph: boolean,
): Promise<DuplicateReport> {
  const graph = withGraph ? await timedGraph(vectors, threshold) : undefined;
  const product = await openMatrixProduct();
  const clock = startClock();
  const { survivors } = await findDuplicates(vectors, product.multiply, { threshold });
  const exact = clock();
  await product.close();
  const isDuplicate = survivors.map((survivor, row) => Number(survivor !== row));
  const duplicates = isDuplicate.reduce((sum, each) => sum + each, 0);
  const report = { rows: vectors.rows, threshold, duplicates, exact };
  if (graph === undefined) return report;
  const found = graph.survivors.map((survivor, row) => Number(survivor !== row));
  const both = found.reduce((sum, each, row) => sum + (each & isDuplicate[row]!), 0);
  const other = found.reduce((sum, each) => sum + each, 0) - both;
  return { ...report, hnsw: { ...graph.span, recall: both / Math.max(duplicates, 1), other } };
}

async function timedGraph(vectors: Matrix, threshold: number) {
  const clock = startClock();
  const { survivors } = await findDuplicatesBy(vectors, await graphSearch(vectors.dims), { threshold });
  return { survivors, span: clock() };
}
