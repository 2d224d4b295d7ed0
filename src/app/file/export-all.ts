import { buildGraph } from "../../ann/build-graph.ts";
import { publish } from "../../ann/local-file.ts";
import { readIndexedRows } from "../../db/entries/indexed-row.ts";
import {
  describeIndex,
  DraftWriter,
  withDrafts,
  type Drafts,
  type Exported,
  type ExportOptions,
  type SearchPlan,
} from "./plan.ts";
import type { Snapshot } from "./snapshot.ts";

/** Reads all rows, those of several servers one after the other, and writes all files. */
export async function exportAll(
  path: string,
  name: string,
  snapshots: readonly Snapshot[],
  plan: SearchPlan,
  { onProgress, signal }: Pick<ExportOptions, "onProgress" | "signal">,
): Promise<Exported> {
  return withDrafts(path, async (drafts) => {
    const { about, labels } = await readAll(name, snapshots, drafts, signal);
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

/** Writes the rows of all snapshots; says what the sidecar says of them. None is held while the graph is built. */
async function readAll(
  name: string,
  snapshots: readonly Snapshot[],
  drafts: Drafts,
  signal: AbortSignal | undefined,
): Promise<{ about: Awaited<ReturnType<typeof describeIndex>>; labels: number }> {
  let writer: DraftWriter | undefined;
  const parts: Awaited<ReturnType<typeof describeIndex>>[] = [];
  try {
    for (const snapshot of snapshots) {
      const part = await snapshot(async (tx, index) => {
        writer ??= await DraftWriter.create(index, drafts);
        for await (const rows of readIndexedRows(tx, index)) {
          signal?.throwIfAborted();
          await writer.add(rows);
        }
        return describeIndex(tx, index);
      });
      parts.push(part);
    }
    await writer!.finish();
  } finally {
    await writer?.close();
  }
  const aliases = parts.flatMap((part) => part.aliases);
  const negatives = parts.flatMap((part) => part.negatives);
  return { about: { ...parts[0]!, index: name, aliases, negatives }, labels: writer!.rows.table.labels };
}
