import { buildGraph } from "../../src/ann/build-graph.ts";
import { draftPath, publish } from "../../src/ann/local-file.ts";
import { RowFileWriter } from "../../src/ann/row-file.ts";
import { hash16 } from "../../src/ann/row-table.ts";
import type { Sidecar } from "../../src/ann/sidecar.ts";
import { VectorFileWriter } from "../../src/ann/vector-file.ts";
import { rowOf } from "../../src/vector/matrix.ts";
import { unitVectors } from "./unit-vectors.ts";

export const [N, D] = [300, 8];
export const vectors = unitVectors(N, D);
const hnsw = { m: 8, efConstruction: 50, efSearch: 40 };
const about = {
  index: "faq",
  generation: 1,
  model: { id: "tiny", fingerprint: "f" },
  dims: D,
  key: [{ name: "id", type: "bigint" }],
  template: "{title}",
  thresholds: { answer: 0.9, suggest: null, margin: null },
  weights: [["退款", 2, null]] as [string, number, number | null][],
  aliases: [["退钱", ["3"]]] as [string, string[]][],
  exportedAt: "2026-01-01T00:00:00.000Z",
};

/** Writes a file of the first `rows` vectors; row i is called `name i`. */
export async function writeLocal(path: string, method: "exact" | "hnsw", rows = N, name = "row"): Promise<Sidecar> {
  const drafts = { vectors: draftPath(path), graph: draftPath(path), rows: draftPath(path) };
  const out = {
    vectors: await VectorFileWriter.create(drafts.vectors, D),
    rows: await RowFileWriter.create(drafts.rows),
  };
  for (let row = 0; row < rows; row++) {
    await out.vectors.add(rowOf(vectors, row));
    const json = JSON.stringify({ id: row, title: `${name} ${row}` });
    await out.rows.add({ key: [String(row)], row: json, contentHash: hash16(`c${row}`), rowHash: hash16(json) });
  }
  await out.vectors.finish();
  await out.rows.finish();
  const isExact = method === "exact";
  const task = { from: null, vectors: drafts.vectors, rows, dims: D, settings: hnsw, remove: [], out: drafts.graph };
  if (!isExact) await buildGraph(task);
  const written = { ...about, rows, labels: rows, hnsw: isExact ? null : hnsw };
  return publish(path, written, { vectors: isExact ? drafts.vectors : drafts.graph, rows: drafts.rows });
}
