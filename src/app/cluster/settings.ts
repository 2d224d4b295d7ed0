import type { SweepStep } from "../../cluster/choose-k.ts";
import { requireName } from "../../db/statement/name.ts";
import { LtdError } from "../../errors.ts";
import { requireWhole } from "../../range.ts";

/** How rows are clustered; a saved clustering keeps it. */
export interface ClusterSettings {
  /** Clusters, 1 to the number of rows, or `auto`: the number with the largest silhouette. */
  readonly k: number | "auto";
  readonly seed: number;
  readonly starts: number;
  /** null: by the number of rows. */
  readonly method: "lloyd" | "mini-batch" | null;
  readonly cut: number | null;
}

/** Settings of `cluster`. */
export interface ClusterOptions {
  /** Clusters, 1 to the number of rows, or `auto`: 2 to 100, the number with the largest silhouette. Default auto. */
  k?: number | "auto" | undefined;
  /** The same seed gives the same clusters of the same rows. A whole number, default 1. */
  seed?: number | undefined;
  /** Starts of k-means, of which the best is taken: 1 to 100, default 4. */
  starts?: number | undefined;
  /** Default: `lloyd` up to 200,000 rows, `mini-batch` beyond. */
  method?: "lloyd" | "mini-batch" | undefined;
  /**
   * Rows whose cosine with the nearest centroid is smaller stay unassigned, in [-1, 1]. Null, the default: all are
   * assigned.
   */
  cut?: number | null | undefined;
  /**
   * Keeps the clusters under this name. If there are such, what is new or changed is assigned to them, and what is gone
   * forgotten.
   */
  save?: string | undefined;
  /** Clusters again what is saved; clusters that go on keep their number, name and what was merged. */
  refit?: boolean | undefined;
  /** Cores that compute. Default: all, 4 at most. */
  threads?: number | undefined;
  /** Ends it within some milliseconds; nothing is written then. */
  signal?: AbortSignal | undefined;
  /** Called for each number of clusters that is tried. */
  onStep?: ((step: SweepStep) => void) | undefined;
}

/** How the clusters came to be. */
export interface ClusterFit {
  /** Rows that there were. */
  readonly rows: number;
  /** Clusters of k-means: fewer than asked for where fewer rows are different. */
  readonly k: number;
  /** The numbers that were tried; null where it was given. */
  readonly sweep: readonly SweepStep[] | null;
  readonly method: "lloyd" | "mini-batch";
  readonly iterations: number;
  /** Sum of squared distances of the rows to the means of their clusters. */
  readonly inertia: number;
  /** Mean over the rows, in [-1, 1]. */
  readonly silhouette: number;
}

/** What was given, then what is saved, then the defaults. */
export function settingsOf(options: ClusterOptions, saved: ClusterSettings | undefined): ClusterSettings {
  return {
    k: options.k ?? saved?.k ?? "auto",
    seed: options.seed ?? saved?.seed ?? 1,
    starts: options.starts ?? saved?.starts ?? 4,
    method: options.method ?? saved?.method ?? null,
    cut: options.cut === undefined ? (saved?.cut ?? null) : options.cut,
  };
}

/** Throws LtdError("usage") for what is out of range. */
export function requireOptions({ k, seed, starts, cut, method, save, refit }: ClusterOptions): void {
  if (save !== undefined) requireName("a clustering", save, "usage");
  if (refit && save === undefined) {
    throw new LtdError("usage", "only a saved clustering can be clustered again", {
      hint: "name it: --save topics",
    });
  }
  if (k !== undefined && k !== "auto") requireWhole("k", k, 1, 10_000);
  if (seed !== undefined) requireWhole("seed", seed, 0, 2 ** 32 - 1);
  if (starts !== undefined) requireWhole("starts", starts, 1, 100);
  if (method !== undefined && method !== "lloyd" && method !== "mini-batch") {
    throw new LtdError("usage", `method is ${String(method)}, but must be lloyd or mini-batch`);
  }
  if (cut != null && !(cut >= -1 && cut <= 1)) {
    throw new LtdError("usage", `cut is ${cut}, but must be a cosine, from -1 to 1`, {
      hint: "look at the cohesion of the clusters: a cut somewhat below it leaves out rows far from every cluster",
    });
  }
}
