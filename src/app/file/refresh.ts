import { buildGraph } from "../../ann/build-graph.ts";
import { checkFile } from "../../ann/data-file.ts";
import { dataPaths, openRows, publish, loadVectors } from "../../ann/local-file.ts";
import type { RowFile } from "../../ann/row-file.ts";
import type { Sidecar } from "../../ann/sidecar.ts";
import type { Queryable } from "../../db/database.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import { readRowsOfKeys, type IndexedRow } from "../../db/entries/indexed-row.ts";
import { rowOf, type Matrix } from "../../vector/matrix.ts";
import { DraftWriter, describeIndex, withDrafts } from "./plan.ts";
import type { Drafts, Exported, ExportOptions, SearchPlan } from "./plan.ts";
import type { Snapshot } from "./snapshot.ts";
import { compareLocal, type LocalDifference } from "./difference.ts";

/** Share of removed nodes from which a graph is rebuilt: every search walks over removed nodes. */
const MOST_REMOVED = 0.2;

/** A refresh that has been read. */
interface Refresh extends LocalDifference {
  readonly about: Awaited<ReturnType<typeof describeIndex>>;
  /** Labels that the new file has. */
  readonly labels: number;
}

/**
 * Brings a file up to date with one snapshot. Compares all keys by their hashes, reads the rows and vectors that are
 * new, and copies the rest.
 *
 * Null if the file should be written from scratch: vectors of another model, another method of search, a graph with
 * many removed vectors.
 */
export async function exportRefreshed(
  path: string,
  old: Sidecar,
  snapshot: Snapshot,
  plan: SearchPlan,
  options: Pick<ExportOptions, "onProgress" | "signal">,
): Promise<Exported | null> {
  const of = dataPaths(path, old);
  const settings = plan.settingsFor(old.hnsw);
  const rows = await openRows(path, old);
  try {
    const matrix = old.hnsw === null ? await loadVectors(of.vectors, old) : null;
    if (matrix === null) await checkFile(of.vectors, old.files.vectors);
    return await withDrafts(path, async (drafts) => {
      const refresh = await snapshot(async (tx, index): Promise<Refresh | null> => {
        if (!isSameModel(old, index)) return null;
        const difference = await compareLocal(tx, index, rows.table, options.signal);
        if (!isWorthIt(old, difference, plan)) return null;
        const labels = await writeDrafts(tx, index, { drafts, rows, matrix, difference }, options.signal);
        return { ...difference, about: await describeIndex(tx, index), labels };
      });
      if (refresh === null) return null;
      const { about, added, changed, rewritten, removed, dropped, labels } = refresh;
      const isMoved = added.length + dropped.length > 0;
      if (isMoved && old.hnsw !== null) {
        await rebuildGraph(old, { rows, drafts, path: of.vectors, settings }, refresh, options);
      }
      const sidecar = await publish(
        path,
        {
          ...about,
          rows: refresh.compared,
          labels,
          hnsw: old.hnsw && settings,
          exportedAt: new Date().toISOString(),
        },
        {
          vectors: isMoved ? (old.hnsw === null ? drafts.vectors : drafts.graph) : old.files.vectors,
          rows: isMoved || rewritten.size > 0 ? drafts.rows : old.files.rows,
        },
      );
      const counts = {
        added: added.length,
        changed: changed.length,
        rewritten: rewritten.size,
        removed: removed.length,
      };
      return { sidecar, counts };
    });
  } finally {
    await rows.close();
  }
}

/** Adds new vectors to the graph of a file, and removes those that went. */
async function rebuildGraph(
  { dims }: Sidecar,
  from: { rows: RowFile; drafts: Drafts; path: string; settings: ReturnType<SearchPlan["settingsFor"]> },
  { added, changed, dropped }: Refresh,
  { onProgress, signal }: Pick<ExportOptions, "onProgress" | "signal">,
): Promise<void> {
  const { rows, drafts, path, settings } = from;
  const fresh = added.length + changed.length;
  await buildGraph(
    {
      from: { path, removed: [...rows.table.removed()] },
      vectors: drafts.vectors,
      rows: fresh,
      dims,
      settings,
      remove: dropped,
      out: drafts.graph,
    },
    { ...(onProgress && { onProgress: (done) => onProgress(done, fresh) }), ...(signal && { signal }) },
  );
}

function isSameModel(old: Sidecar, index: IndexRecord): boolean {
  const key = old.key.map(({ name, type }) => `${name} ${type}`).join();
  return (
    old.model.fingerprint === index.modelChecksum && key === index.key.map(({ name, type }) => `${name} ${type}`).join()
  );
}

function isWorthIt(old: Sidecar, { compared, added, changed }: LocalDifference, plan: SearchPlan): boolean {
  const present = old.hnsw === null ? "exact" : "hnsw";
  if (plan.methodFor(compared, present) !== present) return false;
  if (old.hnsw === null) return true;
  const { m, efConstruction } = plan.settingsFor(old.hnsw);
  const labels = old.labels + added.length + changed.length;
  return m === old.hnsw.m && efConstruction === old.hnsw.efConstruction && labels - compared <= MOST_REMOVED * labels;
}

/**
 * Writes the rows of the new file and the vectors it needs. For exact search these are all, otherwise those for the
 * graph.
 */
async function writeDrafts(
  tx: Queryable,
  index: IndexRecord,
  from: { drafts: Drafts; rows: RowFile; matrix: Matrix | null; difference: LocalDifference },
  signal: AbortSignal | undefined,
): Promise<number> {
  const { drafts, rows, matrix, difference } = from;
  const writer = await DraftWriter.create(index, drafts);
  try {
    const dropped = new Set(difference.dropped);
    const rewritten = rewrittenRows(tx, index, difference);
    for await (const { label, line } of rows.lines()) {
      const isKept = line !== null && !dropped.has(label);
      if (matrix !== null && isKept) await writer.vectors.add(rowOf(matrix, label));
      if (!isKept) {
        // a graph keeps the places of what was removed
        if (matrix === null) await writer.rows.copy(null, null);
      } else if (difference.rewritten.has(label)) {
        await writer.addRow((await rewritten.next()).value!);
      } else {
        await writer.rows.copy(line, rows.table.hashesOf(label));
      }
    }
    for await (const found of readRowsOfKeys(tx, index, [...difference.added, ...difference.changed])) {
      signal?.throwIfAborted();
      await writer.add(found);
    }
    await writer.finish();
  } finally {
    await writer.close();
  }
  return writer.rows.table.labels;
}

/** The rows that were rewritten, in the order of their labels. */
async function* rewrittenRows(tx: Queryable, index: IndexRecord, { rewritten }: LocalDifference) {
  const keys = [...rewritten].sort(([a], [b]) => a - b).map(([, key]) => key);
  for (let start = 0; start < keys.length; start += 1_000) {
    const chunk = keys.slice(start, start + 1_000);
    const found = new Map<string, IndexedRow>();
    for await (const rows of readRowsOfKeys(tx, index, chunk))
      for (const row of rows) found.set(JSON.stringify(row.key), row);
    for (const key of chunk) yield found.get(JSON.stringify(key))!;
  }
}
