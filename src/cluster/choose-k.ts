import type { Matrix } from "../vector/matrix.ts";
import type { MatrixProduct } from "../vector/product.ts";
import { Random } from "../vector/random.ts";
import { drawRows } from "./draw-rows.ts";
import { kMeans } from "./k-means.ts";
import { mean, silhouettes } from "./silhouette.ts";

/** One number of clusters that was tried. */
export interface SweepStep {
  readonly k: number;
  /** Mean silhouette of the rows that were tried, in [-1, 1]: the largest is chosen. */
  readonly silhouette: number;
  /** Of the rows that were tried. */
  readonly inertia: number;
}

/** What {@link chooseK} found. */
export interface Choice {
  readonly k: number;
  /** All that was tried, by k. */
  readonly sweep: readonly SweepStep[];
}

const SWEEP = [2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 65, 80, 100];
const SWEEP_ROWS = 10_000;
const SWEEP_STARTS = 2;
/** Most further numbers tried between the neighbours of the best. */
const FINE_STEPS = 6;

/**
 * Chooses the number of clusters with the largest mean silhouette, from 2 to 100 (√N at most). Tries steps of about a
 * quarter first, then numbers around the best. Tried on 10,000 rows by chance.
 *
 * There is no right number for most tables: look at the sweep. Where the silhouette hardly changes, neither do the
 * clusters' worth.
 */
export async function chooseK(
  vectors: Matrix,
  product: MatrixProduct,
  options: { seed?: number | undefined; signal?: AbortSignal | undefined; onStep?: (step: SweepStep) => void } = {},
): Promise<Choice> {
  const { seed = 1, signal, onStep } = options;
  const rows = drawRows(vectors, SWEEP_ROWS, new Random(seed));
  const largest = Math.min(100, Math.max(2, Math.floor(Math.sqrt(vectors.rows))));
  const tried = new Map<number, SweepStep>();
  let fewest = Number.POSITIVE_INFINITY; // fewer different rows than clusters
  const attempt = async (k: number): Promise<void> => {
    if (tried.has(k) || k > fewest) return;
    const found = await kMeans(rows, product, { k, seed, starts: SWEEP_STARTS, sampleRows: SWEEP_ROWS, signal });
    if (found.centroids.rows < k) {
      fewest = found.centroids.rows;
      if (fewest >= 2) await attempt(fewest);
      return;
    }
    const silhouette = mean(await silhouettes(rows, found.labels, k, product));
    const step = { k, silhouette, inertia: found.inertia };
    tried.set(k, step);
    onStep?.(step);
  };
  const best = (): number =>
    [...tried.values()].reduce((a, b) =>
      b.silhouette > a.silhouette || (b.silhouette === a.silhouette && b.k < a.k) ? b : a,
    ).k;

  for (const k of SWEEP) if (k <= largest) await attempt(k);
  if (tried.size > 0) {
    const k = best();
    const steps = [...tried.keys()].sort((a, b) => a - b);
    const from = steps[steps.indexOf(k) - 1] ?? k;
    const to = steps[steps.indexOf(k) + 1] ?? k;
    const stride = Math.max(1, Math.ceil((to - from) / FINE_STEPS));
    for (let between = from + stride; between < to; between += stride) await attempt(between);
  }
  const sweep = [...tried.values()].sort((a, b) => a.k - b.k);
  return { k: sweep.length === 0 ? 1 : best(), sweep };
}
