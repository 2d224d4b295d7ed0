import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { prepareFolder } from "../../ann/local-file.ts";
import { readSidecar, type Sidecar } from "../../ann/sidecar.ts";
import type { SearchMethod } from "../../ann/vector-search.ts";
import type { Database } from "../../db/database.ts";
import { lockFolder } from "../../db/connect/folder-lock.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { LtdError } from "../../errors.ts";
import { fileError } from "../../file-error.ts";
import { isLoadable } from "../../package-part.ts";
import { exportAll } from "./export-all.ts";
import { searchPlan, type ExportCounts, type ExportOptions } from "./plan.ts";
import { exportRefreshed } from "./refresh.ts";
import { snapshotOf, type Snapshot } from "./snapshot.ts";

const NO_GRAPH =
  "a graph would answer faster, but the package hnswlib-node cannot be loaded: npm install hnswlib-node, which needs a C++ compiler";

/** What {@link exportIndex} did. */
export interface ExportResult extends ExportCounts {
  index: string;
  file: string;
  method: SearchMethod;
  /** Rows in the file now: those with a vector. */
  rows: number;
  /** Whether a file that was there was refreshed; if not, all of it was written. */
  refreshed: boolean;
  /** Of all its files. */
  bytes: number;
  seconds: number;
  /** Why the file has no graph though one would pay; null where it has one, or needs none. */
  note: string | null;
}

/** Exports an index of one database; see `exportIndex` of src/app/shards/export.ts. */
export async function exportIndex(
  database: Database,
  name: string,
  file: string,
  options: ExportOptions = {},
): Promise<ExportResult> {
  await requireSchema(database);
  return exportSnapshots(name, file, [snapshotOf(database, name)], options);
}

/** Exports an index whose rows are read from one snapshot, or from several that are one index together. */
export async function exportSnapshots(
  name: string,
  file: string,
  snapshots: readonly Snapshot[],
  options: ExportOptions & { /** Even if the file could be refreshed. */ whole?: boolean },
): Promise<ExportResult> {
  const started = performance.now();
  // a method that is named is taken at its word, and says itself what it lacks
  const canGraph = (options.method ?? "auto") !== "auto" || (await isLoadable(() => import("../../ann/hnsw.ts")));
  const plan = searchPlan(options, canGraph);
  const path = resolve(file);
  await prepareFolder(path);
  const lock = await lockFolder(path, (who) => `${file} is being written in ${who}`);
  try {
    const old = await present(path, file, name, options.rebuild === true);
    const refreshed = options.whole ? null : old && (await exportRefreshed(path, old, snapshots[0]!, plan, options));
    const { sidecar, counts } = refreshed ?? (await exportAll(path, name, snapshots, plan, options));
    return {
      index: name,
      file,
      method: sidecar.hnsw === null ? "exact" : "hnsw",
      rows: sidecar.rows,
      refreshed: refreshed !== null,
      ...counts,
      bytes: (await stat(path)).size + sidecar.files.vectors.bytes + sidecar.files.rows.bytes,
      seconds: (performance.now() - started) / 1000,
      note: !canGraph && sidecar.hnsw === null && plan.isWorthGraph(sidecar.rows) ? NO_GRAPH : null,
    };
  } catch (error) {
    throw fileError(error, `${file} cannot be written`);
  } finally {
    await lock.release();
  }
}

/**
 * The sidecar of a file that can be refreshed; null if there is none, or if all is to be written. Throws for what is
 * something else.
 */
async function present(path: string, file: string, index: string, rebuild: boolean): Promise<Sidecar | null> {
  const found = await stat(path).catch(() => null);
  // a device or a pipe could be read without end
  if (found !== null && !found.isFile()) {
    const what = found.isDirectory() ? "it is a folder" : "it is a device or a pipe";
    throw new LtdError("input", `${file} cannot be written: ${what}`, { hint: "name a file" });
  }
  if (found === null || rebuild) return null;
  const replace = "name another file, or replace this one: --rebuild";
  const sidecar = await readSidecar(path).catch((cause: unknown) => {
    if (!(cause instanceof LtdError)) throw cause;
    throw new LtdError("input", `${file} cannot be refreshed: ${cause.message}`, { hint: replace, cause });
  });
  if (sidecar.index === index) return sidecar;
  throw new LtdError("usage", `${file} belongs to the index ${sidecar.index}, not to ${index}`, { hint: replace });
}
