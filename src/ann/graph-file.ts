import { open } from "node:fs/promises";

/** What a graph that hnswlib wrote on a 64-bit machine says of itself. */
export interface GraphHeader {
  /** Vectors that were ever added. */
  readonly labels: number;
  readonly dims: number;
  readonly m: number;
  readonly efConstruction: number;
}

const HEADER_BYTES = 96;

/**
 * Reads the header of a graph file and walks over the rest; null where it is no graph, or is cut off. hnswlib reports no error while it writes,
 * and takes a file of other dimensions for one of its own.
 *
 * Source: `saveIndex` of hnswlib 0.8 (hnswalg.h): header, one fixed record a vector, then for each the lists of its upper levels, with
 * their length before them.
 */
export async function readGraphHeader(path: string): Promise<GraphHeader | null> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const header = Buffer.alloc(HEADER_BYTES);
    if ((await file.read(header, 0, HEADER_BYTES, 0)).bytesRead < HEADER_BYTES) return null;
    const number = (at: number) => Number(header.readBigUInt64LE(at));
    const [labels, recordBytes, labelOffset, vectorOffset] = [number(16), number(24), number(32), number(40)];
    const dims = (labelOffset - vectorOffset) / Float32Array.BYTES_PER_ELEMENT;
    const listsAt = HEADER_BYTES + labels * recordBytes;
    if (!Number.isInteger(dims) || dims < 1 || recordBytes !== labelOffset + 8 || listsAt > size) return null;
    const lists = Buffer.alloc(size - listsAt);
    await file.read(lists, 0, lists.length, listsAt);
    let at = 0;
    for (let label = 0; label < labels; label++) {
      if (at + 4 > lists.length) return null;
      at += 4 + lists.readUInt32LE(at);
    }
    return at === lists.length ? { labels, dims, m: number(72), efConstruction: number(88) } : null;
  } finally {
    await file.close();
  }
}
