import hnswlib from "hnswlib-node";
import { rowOf, type Matrix } from "../vector/matrix.ts";
import { damaged } from "./data-file.ts";
import { checkGraph } from "./graph-file.ts";
import { HNSW_DEFAULTS, type HnswSettings } from "./hnsw-settings.ts";
import {
  type VectorHit,
  requireK,
  requireLabel,
  requireUnit,
  type VectorSearchOptions,
  type VectorSearch,
} from "./vector-search.ts";

/** Labels are 32 bits wide; hnswlib-node cuts larger ones without a word. */
const MOST_ROWS = 2 ** 32;
const FIRST_CAPACITY = 1024;
/** The same graph for the same vectors in the same order. */
const SEED = 100;

type Native = InstanceType<typeof hnswlib.HierarchicalNSW>;

/**
 * A graph of unit vectors in memory, by hnswlib. A query compares no more than some hundred vectors, and mostly the
 * nearest are among them: approximate.
 *
 * What hnswlib-node leaves to its caller is done here: it takes NaN, cuts labels to 32 bits, searches with `ef` 10
 * after a load, throws when it is full or k is too large, may find too few among many removed ones, and ends the
 * process when a filter function throws, so none is ever handed to it.
 */
export class HnswGraph implements VectorSearch {
  readonly method = "hnsw";
  readonly dims: number;
  readonly efSearch: number;
  readonly #native: Native;
  readonly #removed = new Set<number>();

  private constructor(native: Native, dims: number, efSearch: number, removed: Iterable<number> = []) {
    this.dims = dims;
    this.efSearch = efSearch;
    this.#native = native;
    for (const label of removed) this.#removed.add(label);
  }

  /** An empty graph; it grows by itself, doubling, or is given `capacity` to begin with. */
  static create(dims: number, settings: Partial<HnswSettings> = {}, capacity = FIRST_CAPACITY): HnswGraph {
    const { m, efConstruction, efSearch } = { ...HNSW_DEFAULTS, ...settings };
    const native = new hnswlib.HierarchicalNSW("ip", dims);
    native.initIndex(Math.max(1, capacity), m, efConstruction, SEED);
    return new HnswGraph(native, dims, efSearch);
  }

  /**
   * Reads a graph that {@link save} wrote, on a thread of its own. Checks it with `checkGraph` first, as hnswlib trusts
   * whatever it reads.
   * @param removed the labels that were removed
   * @throws LtdError "input" for a file that is no graph of `dims` dimensions, or in which others were removed
   */
  static async load(path: string, dims: number, efSearch: number, removed: Iterable<number> = []): Promise<HnswGraph> {
    const header = await checkGraph(path);
    if (header.dims !== dims) throw damaged(path, `its vectors have ${header.dims} dimensions, not ${dims}`);
    const native = new hnswlib.HierarchicalNSW("ip", dims);
    await native.readIndex(path);
    const graph = new HnswGraph(native, dims, efSearch, removed);
    if (graph.#removed.size !== header.removed)
      throw damaged(path, `${header.removed} of its vectors are marked as removed, not ${graph.#removed.size}`);
    return graph;
  }

  get rows(): number {
    return this.labels - this.#removed.size;
  }

  /** Vectors that were ever added. */
  get labels(): number {
    return this.#native.getCurrentCount();
  }

  /**
   * Adds a vector of unit length and returns its label: 0, 1, 2 … Any other vector is a RangeError. About a
   * millisecond.
   */
  add(vector: Float32Array): number {
    requireUnit(vector, this.dims);
    const label = this.labels;
    if (label >= MOST_ROWS) throw new RangeError(`a graph has at most ${MOST_ROWS} vectors`);
    const capacity = this.#native.getMaxElements();
    if (label >= capacity) this.#native.resizeIndex(Math.min(MOST_ROWS, 2 * capacity));
    this.#native.addPoint(Array.from(vector), label);
    return label;
  }

  /** Makes room for `count` more, in one step. */
  reserve(more: number): void {
    const needed = this.labels + more;
    if (needed > this.#native.getMaxElements()) this.#native.resizeIndex(needed);
  }

  /**
   * The vector of this label is not found any more; the walk still goes over it. Throws a RangeError for one that is
   * not there.
   */
  remove(label: number): void {
    requireLabel(label, this.labels, this.#removed.has(label));
    this.#native.markDelete(label);
    this.#removed.add(label);
  }

  search(queries: Matrix, k: number, { efSearch = this.efSearch }: VectorSearchOptions = {}): VectorHit[][] {
    requireK(k);
    requireK(efSearch);
    const wanted = Math.min(k, this.rows);
    return Array.from({ length: queries.rows }, (_, row) => {
      const query = rowOf(queries, row);
      requireUnit(query, this.dims);
      return wanted === 0 ? [] : this.#searchOne(Array.from(query), wanted, Math.max(efSearch, wanted));
    });
  }

  vectorOf(label: number): Float32Array {
    requireLabel(label, this.labels, this.#removed.has(label));
    return Float32Array.from(this.#native.getPoint(label));
  }

  /** With many removed vectors a search may find fewer than k: it is repeated with a larger ef. */
  #searchOne(query: number[], k: number, efSearch: number): VectorHit[] {
    for (let ef = efSearch; ; ef *= 4) {
      this.#native.setEf(Math.min(ef, this.labels));
      const { distances, neighbors } = this.#native.searchKnn(query, k);
      if (neighbors.length < k && ef < this.labels) continue;
      const hits = neighbors.map((label, at) => ({ label, similarity: Math.max(-1, Math.min(1, 1 - distances[at]!)) }));
      return hits.sort((a, b) => b.similarity - a.similarity || a.label - b.label);
    }
  }

  /**
   * Writes the graph to a file, on the calling thread. Errors such as a full disk or a missing folder are not reported
   * by hnswlib: see `checkGraph`.
   */
  save(path: string): void {
    this.#native.writeIndexSync(path);
  }
}
