import { buildGraph } from "../../ann/build-graph.ts";
import { publish } from "../../ann/local-file.ts";
import { readIndexedRows } from "../../db/entries/indexed-row.ts";
import { describeIndex, DraftWriter, withDrafts, type Exported, type ExportOptions, type SearchPlan } from "./plan.ts";
import type { Snapshot } from "./snapshot.ts";

/** Reads all rows and writes all files. The snapshot is not held while the graph is built. */
export async function exportAll(
  path: string,
  snapshot: Snapshot,
  plan: SearchPlan,
  { onProgress, signal }: Pick<ExportOptions, "onProgress" | "signal">,
): Promise<Exported> {
  return withDrafts(path, async (drafts) => {
    const { about, labels } = await snapshot(async (tx, index) => {
      const writer = await DraftWriter.create(index, drafts);
      try {
        for await (const rows of readIndexedRows(tx, index)) {
          signal?.throwIfAborted();
          await writer.add(rows);
        }
        await writer.finish();
      } finally {
        await writer.close();
      }
      return { about: await describeIndex(tx, index), labels: writer.rows.table.labels };
    });
    const settings = plan.settingsFor(null);
    const isExact = plan.methodFor(labels, null) === "exact";
    if (!isExact) {
      await buildGraph(
        {
          from: null,
          vectors: drafts.vectors,
          rows: labels,
          dims: about.dims,
          settings,
          remove: [],
          out: drafts.graph,
        },
        { ...(onProgress && { onProgress: (done) => onProgress(done, labels) }), ...(signal && { signal }) },
      );
    }
    const sidecar = await publish(
      path,
      { ...about, rows: labels, labels, hnsw: isExact ? null : settings, exportedAt: new Date().toISOString() },
      { vectors: isExact ? drafts.vectors : drafts.graph, rows: drafts.rows },
    );
    return { sidecar, counts: { added: labels, changed: 0, rewritten: 0, removed: 0 } };
  });
}
