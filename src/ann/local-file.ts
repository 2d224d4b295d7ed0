import { randomUUID } from "node:crypto";
import { access, mkdir, open, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { LtdError } from "../errors.ts";
import { loadPart } from "../package-part.ts";
import { createMatrix, rowOf, type Matrix } from "../vector/matrix.ts";
import { checkFile, damaged, type DataFile, describeFile, EXPORT_AGAIN } from "./data-file.ts";
import { ExactSearch } from "./exact.ts";
import { RowFile } from "./row-file.ts";
import { printSidecar, readSidecar, type Sidecar } from "./sidecar.ts";
import { requireUnit, type VectorSearch } from "./vector-search.ts";

/** A local index file that is open. What replaces it under its name does not touch it. */
export interface LocalFile {
  readonly path: string;
  readonly sidecar: Sidecar;
  readonly search: VectorSearch;
  readonly rows: RowFile;
  close(): Promise<void>;
}

/** How often opening is retried if the file is being replaced. */
const TRIES = 5;

/**
 * Opens a local file and checks every byte of it: about a second a gigabyte. The vectors are in memory then (2 KB a row
 * of 512 dimensions), the rows stay on disk.
 *
 * @throws LtdError "input" for a file that is missing, damaged, cut, or no such file
 */
export async function openLocalFile(path: string): Promise<LocalFile> {
  for (let attempt = 1; ; attempt++) {
    const sidecar = await readSidecar(path);
    try {
      return await openData(path, sidecar);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      // replaced between the two: what the sidecar named then is gone now, and there is another sidecar
      const isReplaced = (await readSidecar(path)).checksum !== sidecar.checksum;
      if (isReplaced && attempt < TRIES) continue;
      throw new LtdError("input", `a file that ${path} names is missing: ${(error as NodeJS.ErrnoException).path}`, {
        hint: `it needs the files beside it: copy them too, or ${EXPORT_AGAIN}`,
        cause: error,
      });
    }
  }
}

async function openData(path: string, sidecar: Sidecar): Promise<LocalFile> {
  const rows = await openRows(path, sidecar);
  try {
    const search = await openVectors(dataPaths(path, sidecar).vectors, sidecar, rows);
    return { path, sidecar, search, rows, close: () => rows.close() };
  } catch (error) {
    await rows.close();
    throw error;
  }
}

/** Opens and checks the rows alone. */
export async function openRows(path: string, sidecar: Sidecar): Promise<RowFile> {
  const of = dataPaths(path, sidecar).rows;
  await checkFile(of, sidecar.files.rows);
  const rows = await RowFile.open(of, sidecar.labels);
  if (rows.table.rows === sidecar.rows) return rows;
  await rows.close();
  throw damaged(of, `it has ${rows.table.rows} rows, not ${sidecar.rows}`);
}

/** Reads and checks the vectors of a file that is searched exactly: row i has label i. */
export async function loadVectors(path: string, { labels, dims, files }: Sidecar): Promise<Matrix> {
  // checked before that memory is allocated
  const bytes = labels * dims * Float32Array.BYTES_PER_ELEMENT;
  if (bytes !== files.vectors.bytes) {
    throw damaged(path, `${labels} vectors of ${dims} dimensions have ${bytes} bytes, not ${files.vectors.bytes}`);
  }
  const { size } = await stat(path);
  if (size !== bytes) throw damaged(path, `it has ${size} bytes, not ${bytes}`);
  const matrix = createMatrix(labels, dims);
  await checkFile(path, files.vectors, new Uint8Array(matrix.data.buffer));
  try {
    for (let row = 0; row < labels; row++) requireUnit(rowOf(matrix, row), dims);
  } catch (error) {
    throw damaged(path, (error as Error).message);
  }
  return matrix;
}

async function openVectors(path: string, sidecar: Sidecar, rows: RowFile): Promise<VectorSearch> {
  const { labels, dims, hnsw, files } = sidecar;
  if (hnsw === null) return new ExactSearch(await loadVectors(path, sidecar));
  await checkFile(path, files.vectors);
  const { HnswGraph } = await loadPart("hnswlib-node", () => import("./hnsw.ts"));
  try {
    const graph = await HnswGraph.load(path, dims, hnsw.efSearch, rows.table.removed());
    if (graph.labels === labels) return graph;
    throw damaged(path, `it has ${graph.labels} vectors, not ${labels}`);
  } catch (error) {
    // it is opened by its name once more: then it may have been replaced, and what throws here says so
    await access(path);
    throw error;
  }
}

/** Where the data files of a local file lie. */
export function dataPaths(path: string, { files }: Sidecar): { vectors: string; rows: string } {
  const folder = dirname(path);
  return { vectors: join(folder, files.vectors.name), rows: join(folder, files.rows.name) };
}

/** A name beside the file for a draft of it. What a crash left under such names, {@link publish} deletes. */
export function draftPath(path: string): string {
  return `${path}.${randomUUID()}.draft`;
}

/** Makes the folder of a file that is to be written. Throws LtdError "input" where nothing can be written. */
export async function prepareFolder(path: string): Promise<void> {
  try {
    await mkdir(dirname(resolve(path)), { recursive: true });
    const draft = draftPath(path);
    await writeFile(draft, "");
    await rm(draft);
  } catch (cause) {
    throw new LtdError("input", `${path} cannot be written: ${(cause as Error).message}`, {
      hint: "name a file in a folder that can be written",
      cause,
    });
  }
}

/**
 * Replaces a local file in one step. Data files get names made of their content; then the sidecar, which lists them, is
 * renamed into place. A reader finds the old file or the new one, whole. Run one at a time for a file.
 * @param data drafts that are complete, which are moved, or files of the one that is there, which stay
 */
export async function publish(
  path: string,
  about: Omit<Sidecar, "format" | "metric" | "checksum" | "files">,
  data: { vectors: string | DataFile; rows: string | DataFile },
): Promise<Sidecar> {
  const put = async (file: string | DataFile, kind: "vectors" | "graph" | "rows") => {
    if (typeof file !== "string") return file;
    const described = await describeFile(file);
    const name = `${basename(path)}.${described.sha256.slice(0, 16)}.${kind}`;
    await rename(file, join(dirname(path), name));
    return { name, ...described };
  };
  const files = {
    vectors: await put(data.vectors, about.hnsw === null ? "vectors" : "graph"),
    rows: await put(data.rows, "rows"),
  };
  const draft = draftPath(path);
  await writeFile(draft, printSidecar({ ...about, files }), { flush: true });
  await syncFolder(dirname(path));
  await rename(draft, path);
  await syncFolder(dirname(path));
  await sweep(path, [files.vectors.name, files.rows.name]);
  return readSidecar(path);
}

/**
 * Takes away drafts and data files of `path` that are not needed any more. Who has one open keeps it, or (Windows) it
 * stays until later.
 */
async function sweep(path: string, keep: readonly string[]): Promise<void> {
  const base = basename(path);
  const own = /^\.([0-9a-f]{16}\.(vectors|graph|rows)|[0-9a-f-]{36}\.draft)$/;
  for (const name of await readdir(dirname(path))) {
    if (!name.startsWith(base) || !own.test(name.slice(base.length)) || keep.includes(name)) continue;
    await rm(join(dirname(path), name), { force: true }).catch(() => {});
  }
}

/** Flushes the names in a folder to the disk, where a folder can be opened. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder).catch(() => undefined);
  if (handle === undefined) return;
  await handle.sync().catch(() => {});
  await handle.close();
}
