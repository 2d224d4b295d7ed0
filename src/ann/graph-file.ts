import { type FileHandle, open } from "node:fs/promises";
import { damaged, readAll } from "./data-file.ts";
import { requireUnit } from "./vector-search.ts";

/** What a graph that hnswlib wrote on a 64-bit machine says of itself. */
export interface GraphHeader {
  /** Vectors that were ever added. */
  readonly labels: number;
  /** Of these, the vectors that are marked as removed. */
  readonly removed: number;
  readonly dims: number;
  readonly m: number;
  readonly efConstruction: number;
}

/** The fields by which hnswlib finds its way in a file, in bytes and counts. */
interface Layout extends Omit<GraphHeader, "removed"> {
  readonly recordBytes: number;
  /** Where a record's vector and label begin. */
  readonly vectorOffset: number;
  readonly labelOffset: number;
  /** The node that every search begins with, and its level; -1 in an empty graph. */
  readonly entry: number;
  readonly topLevel: number;
  /** Where the lists of the upper levels begin. */
  readonly listsAt: number;
}

const HEADER_BYTES = 96;
/** Records that are read together. */
const BLOCK_RECORDS = 256;
/** Initial room of a graph beyond its vectors; it doubles when needed. */
const LEAST_CAPACITY = 1024;
/** A level has 1/m of the nodes of the one below it. */
const MOST_LEVELS = 64;
/** The third byte of a node's list says that it was removed. */
const REMOVED_MARK = 1;

/**
 * Reads a whole graph file and checks everything that hnswlib trusts without checking. That is the fields of the
 * header, the size and order of the records, every link, every level, every vector: hnswlib reads and writes wherever
 * they point, and a wrong one crashes the process. About a second a gigabyte.
 *
 * Source: `saveIndex` and `loadIndex` of hnswlib 0.8 (hnswalg.h): header, one fixed record a vector (list of links,
 * vector, label), then for each vector the lists of its upper levels, with their length before them.
 * @throws LtdError "input" for a file that is no graph, was cut, or would lead hnswlib out of it
 */
export async function checkGraph(path: string): Promise<GraphHeader> {
  const file = await open(path);
  try {
    const layout = await readLayout(file, path);
    const levels = await checkLists(file, path, layout);
    const removed = await checkRecords(file, path, layout, levels);
    const { labels, dims, m, efConstruction } = layout;
    return { labels, removed, dims, m, efConstruction };
  } finally {
    await file.close();
  }
}

async function readLayout(file: FileHandle, path: string): Promise<Layout> {
  const { size } = await file.stat();
  const header = Buffer.alloc(HEADER_BYTES);
  if ((await file.read(header, 0, HEADER_BYTES, 0)).bytesRead < HEADER_BYTES) throw damaged(path, "it is no graph");
  const number = (at: number) => Number(header.readBigUInt64LE(at));
  const [start, capacity, labels, recordBytes, labelOffset, vectorOffset] = [0, 8, 16, 24, 32, 40].map(number);
  const [topLevel, entry, upperLinks, m0, m] = [
    header.readInt32LE(48),
    header.readUInt32LE(52),
    ...[56, 64, 72].map(number),
  ];
  const [levelFactor, efConstruction] = [header.readDoubleLE(80), number(88)];
  const dims = (labelOffset! - vectorOffset!) / Float32Array.BYTES_PER_ELEMENT;
  const listsAt = HEADER_BYTES + labels! * recordBytes!;
  const isSound =
    m! >= 2 &&
    m! <= 1_000 &&
    upperLinks === m &&
    m0 === 2 * m! &&
    efConstruction >= 1 &&
    efConstruction <= 10_000 &&
    Math.abs(levelFactor * Math.log(m!) - 1) < 1e-9 &&
    start === 0 &&
    vectorOffset === 4 + 4 * m0 &&
    Number.isInteger(dims) &&
    dims >= 1 &&
    recordBytes === labelOffset! + 8 &&
    listsAt <= size &&
    capacity! >= labels! &&
    capacity! <= Math.max(LEAST_CAPACITY, 2 * labels!) &&
    (labels === 0 ? topLevel === -1 : entry! < labels! && topLevel >= 0 && topLevel <= MOST_LEVELS);
  if (!isSound) throw damaged(path, "its header is not that of a graph");
  return {
    labels: labels!,
    dims,
    m: m!,
    efConstruction,
    recordBytes: recordBytes!,
    vectorOffset: vectorOffset!,
    labelOffset: labelOffset!,
    entry: entry!,
    topLevel,
    listsAt,
  };
}

/** Checks the lists of the upper levels and returns the level of each node. */
async function checkLists(
  file: FileHandle,
  path: string,
  { labels, m, entry, topLevel, listsAt }: Layout,
): Promise<Uint8Array> {
  const lists = Buffer.alloc((await file.stat()).size - listsAt);
  await readAll(file, path, lists, listsAt);
  const listBytes = 4 + 4 * m;
  const levels = new Uint8Array(labels);
  let at = 0;
  for (let label = 0; label < labels; label++) {
    const bytes = at + 4 <= lists.length ? lists.readUInt32LE(at) : Number.NaN;
    const level = bytes / listBytes;
    if (!Number.isInteger(level) || level > topLevel)
      throw damaged(path, `the levels of vector ${label} are not those of a graph`);
    levels[label] = level;
    at += 4 + bytes;
  }
  if (at !== lists.length || (labels > 0 && levels[entry] !== topLevel))
    throw damaged(path, "its upper levels are not those of a graph");
  at = 0;
  for (let label = 0; label < labels; label++) {
    at += 4;
    for (let level = 1; level <= levels[label]!; level++, at += listBytes)
      checkLinks(path, lists, at, m, label, (link) => link < labels && levels[link]! >= level);
  }
  return levels;
}

/** Checks links, vector and label of every record; returns how many are marked as removed. */
async function checkRecords(file: FileHandle, path: string, layout: Layout, levels: Uint8Array): Promise<number> {
  const { labels, dims, m, recordBytes, vectorOffset, labelOffset } = layout;
  const block = Buffer.alloc(Math.min(BLOCK_RECORDS, labels) * recordBytes);
  const vector = new Float32Array(dims);
  const vectorBytes = new Uint8Array(vector.buffer);
  let removed = 0;
  for (let first = 0; first < labels; first += BLOCK_RECORDS) {
    const count = Math.min(BLOCK_RECORDS, labels - first);
    await readAll(file, path, block.subarray(0, count * recordBytes), HEADER_BYTES + first * recordBytes);
    for (let row = 0; row < count; row++) {
      const [label, at] = [first + row, row * recordBytes];
      checkLinks(path, block, at, 2 * m, label, (link) => link < levels.length);
      if ((block[at + 2]! & REMOVED_MARK) !== 0) removed++;
      if (block.readBigUInt64LE(at + labelOffset) !== BigInt(label))
        throw damaged(path, `vector ${label} has another label`);
      vectorBytes.set(block.subarray(at + vectorOffset, at + labelOffset));
      try {
        requireUnit(vector, dims);
      } catch (error) {
        throw damaged(path, `vector ${label}: ${(error as Error).message}`);
      }
    }
  }
  return removed;
}

/**
 * Checks one list of links: its length, and that every link leads to another existing node. A node exists where
 * `isNode` says so.
 */
function checkLinks(
  path: string,
  bytes: Buffer,
  at: number,
  most: number,
  label: number,
  isNode: (link: number) => boolean,
): void {
  const count = bytes.readUInt16LE(at);
  if (count > most) throw damaged(path, `vector ${label} has ${count} links, more than ${most}`);
  for (let link = 0; link < count; link++) {
    const to = bytes.readUInt32LE(at + 4 + 4 * link);
    if (to === label || !isNode(to)) throw damaged(path, `vector ${label} has a link to ${to}, where there is none`);
  }
}
