import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CentroidSums } from "../../src/cluster/centroids.ts";
import { kMeans } from "../../src/cluster/k-means.ts";
import { openMatrixProduct } from "../../src/embed/matrix-product.ts";
import { vMeasure } from "../../src/judge/metrics.ts";
import { rowOf, type Matrix } from "../../src/vector/matrix.ts";
import { npyHeader } from "../../src/vector/npy.ts";
import { median } from "../shared/ratio.ts";
import { startClock, type Span } from "../shared/clock.ts";
import { runScript } from "../shared/step.ts";

/** A round of one system. */
interface Fit extends Span {
  /** Sum of squared distances to the means of the clusters, measured here for all systems alike. */
  inertia: number;
  /** Agreement with the labels that the texts have; null where they have none. */
  vMeasure: number | null;
}

/** A system over all rounds. */
export interface ContestRow {
  system: string;
  rounds: Fit[];
  seconds: number;
  cpuSeconds: number;
  inertia: number;
  vMeasure: number | null;
}

/**
 * k-means of the package and, with `python`, of scikit-learn on the same vectors, in turn: round r has seed r + 1. Times are those of the
 * fit alone, the vectors are in memory.
 */
export async function contest(
  vectors: Matrix,
  truth: readonly number[] | undefined,
  k: number,
  rounds: number,
  python: string | undefined,
): Promise<ContestRow[]> {
  const folder = await mkdtemp(join(tmpdir(), "ltd-bench-"));
  const product = await openMatrixProduct();
  const fits = new Map<string, Fit[]>();
  const record = (system: string, span: Span, labels: ArrayLike<number>) => {
    const sums = new CentroidSums(k, vectors.dims);
    for (let row = 0; row < vectors.rows; row++) sums.add(rowOf(vectors, row), labels[row]!);
    const fit: Fit = {
      ...span,
      inertia: sums.centroids().inertia,
      vMeasure: truth === undefined ? null : vMeasure(truth, labels),
    };
    fits.set(system, [...(fits.get(system) ?? []), fit]);
  };
  try {
    const file = join(folder, "vectors.npy");
    if (python !== undefined) {
      const { data } = vectors;
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      await writeFile(file, [npyHeader("<f4", [vectors.rows, vectors.dims]), bytes]);
    }
    for (let round = 0; round < rounds; round++) {
      const seed = round + 1;
      for (const [system, options] of [
        ["ltd-index, 4 starts (default)", {}],
        ["ltd-index, 1 start", { starts: 1 }],
        ["ltd-index, mini-batch", { method: "mini-batch" }],
      ] as const) {
        const clock = startClock();
        const { labels } = await kMeans(vectors, product.multiply, { k, seed, ...options });
        record(system, clock(), labels);
      }
      if (python === undefined) continue;
      const printed = await runScript(python, "kmeans.py", [file, String(k), "--seed", String(seed)]);
      const { labels, ...span } = JSON.parse(printed) as Span & { labels: number[] };
      record("scikit-learn, KMeans", span, labels);
    }
  } finally {
    await product.close();
    await rm(folder, { recursive: true });
  }
  return [...fits].map(([system, all]) => ({
    system,
    rounds: all,
    seconds: median(all.map((fit) => fit.seconds)),
    cpuSeconds: median(all.map((fit) => fit.cpuSeconds)),
    inertia: median(all.map((fit) => fit.inertia)),
    vMeasure: truth === undefined ? null : median(all.map((fit) => fit.vMeasure!)),
  }));
}
