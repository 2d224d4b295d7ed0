import type { Database } from "../../db/database.ts";
import { findFront, type FrontRecord } from "../../db/indexes/front.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { LtdError } from "../../errors.ts";
import * as one from "../file/export.ts";
import { exportSnapshots, type ExportResult } from "../file/export.ts";
import { writePage, type ExportPageResult } from "../file/page.ts";
import type { ExportOptions } from "../file/plan.ts";
import { snapshotOf, type Snapshot } from "../file/snapshot.ts";
import type { EmbedderSettings } from "../same-embedder.ts";
import { withShards } from "./each.ts";
import { fingerprintOf, firstDifference } from "./fingerprint.ts";
import type { Shard } from "./shard.ts";

/**
 * Exports an index into a file that answers without a database. The file has vectors or a graph, keys, rows, thresholds
 * and weights of the live generation, from one snapshot of the database. A file that is there is refreshed: only what
 * has changed is read. Readers of the old file keep it.
 *
 * Of a front it has the rows of all shards, each from a snapshot of its own, and is always written whole. All shards
 * must answer.
 *
 * A graph takes about a millisecond of one core a row, on a worker thread.
 * @throws LtdError "index", "source", "usage"; "locked" when the file is being written; "input" when it cannot be, or
 *   is something else
 * @example
 * const database = await openDatabase();
 * await exportIndex(database, "faq", "faq.ltd");
 * const faq = await openIndex({ local: "faq.ltd" });
 */
export async function exportIndex(
  database: Database,
  name: string,
  file: string,
  options: ExportOptions = {},
): Promise<ExportResult> {
  await requireSchema(database);
  const front = await findFront(database, name);
  if (front === undefined) return one.exportIndex(database, name, file, options);
  return withShards(database, front, async (shards) => {
    const snapshots = await Promise.all(shards.map((shard) => snapshotOfShard(front, shard)));
    return exportSnapshots(name, file, snapshots, { ...options, whole: true });
  });
}

/**
 * Exports an index as one HTML file that answers offline. It has the rows, vectors in 10 bits, the student in
 * WebAssembly, the judge, aliases and thresholds of the live generation. It answers as `match` with a local file does;
 * 15 MB for 6,000 rows with the bundled model. Of a front it has the rows of all shards, which must all answer.
 * @throws LtdError "index", "source", "model"; "input" where the file cannot be written
 */
export function exportPage(
  database: Database,
  name: string,
  file: string,
  { signal, ...settings }: EmbedderSettings & { signal?: AbortSignal } = {},
): Promise<ExportPageResult> {
  const exportTo = (path: string) => exportIndex(database, name, path, { method: "exact", ...(signal && { signal }) });
  return writePage(name, file, exportTo, settings);
}

/** Snapshots of the live generation of a shard, which must be the one that the front asks. */
async function snapshotOfShard({ fingerprint }: FrontRecord, shard: Shard): Promise<Snapshot> {
  const { database, record } = await shard.live();
  const snapshot = snapshotOf(database, record.name);
  return (work) =>
    snapshot(async (tx, index) => {
      const difference = firstDifference(await fingerprintOf(tx, index), fingerprint);
      if (difference === undefined) return work(tx, index);
      throw new LtdError("index", `the shard ${shard.name} cannot be compared with the others: ${difference}`, {
        hint: `bring its index ${index.name} to what the others have, then look again: ltd-index shard verify`,
      });
    });
}
