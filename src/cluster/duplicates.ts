import { rowOf, type Matrix } from "../vector/matrix.ts";
import { rowsOf, type MatrixProduct } from "../vector/product.ts";

/** Which row survives for each of N rows. */
export interface Duplicates {
  /** A survivor has its own number. */
  readonly survivors: Int32Array;
  /** Cosine with the survivor; 1 for a survivor. */
  readonly similarities: Float32Array;
  /** Survivors that `isSame` kept from being duplicates, each with the nearest survivor compared. */
  readonly held: readonly Near[];
}

/** A row near to a survivor. */
export interface Near {
  readonly row: number;
  readonly survivor: number;
  /** Their cosine. */
  readonly similarity: number;
}

/** Settings of the search for duplicates. */
export interface DuplicateOptions {
  /** Cosine from which on a row is a duplicate of a survivor, in [-1, 1]. */
  threshold: number;
  /**
   * Whether a row may be a duplicate of a survivor as near as that. Called for the {@link CANDIDATES} nearest at most.
   * Default: it may.
   */
  isSame?: ((row: number, survivor: number) => boolean) | undefined;
  signal?: AbortSignal | undefined;
  /** Called with the number of rows that are done. */
  onProgress?: ((rows: number) => void) | undefined;
}

/** An exact or approximate search for the nearest vector, to which vectors are added one at a time. */
export interface GrowingSearch {
  /** Gives the vector the next number: 0, 1, 2 … */
  add(vector: Float32Array): void;
  /** The k nearest of those that were added, the nearest first; fewer where there are fewer. */
  nearest(vector: Float32Array, k: number): readonly { readonly label: number; readonly similarity: number }[];
}

/**
 * Number of survivors that `isSame` compares a row with. If two texts say the same, few others are nearer to one of
 * them.
 */
const CANDIDATES = 32;

const BLOCK_ROWS = 1_024;
const BLOCK_SURVIVORS = 4_096;

/**
 * Finds the survivor that each of N unit rows duplicates. It is the nearest earlier one (preferred rows come first)
 * whose cosine is at least the threshold, and that `isSame` accepts. A row without one survives.
 *
 * So every row of a group is that near to its survivor, and no two survivors that `isSame` would accept are. Groups do
 * not chain: two rows of a group may be less similar to each other than the threshold, and a row that is near to a
 * member but not to the survivor is not in its group.
 *
 * Exact. Cost: N S D / 2 multiplications for S survivors, at most N: some 40 s for 100,000 rows of 512 dimensions on
 * two cores. Memory: some 20 MB. The survivors are moved to the front of `vectors`, which is of no use afterwards.
 */
export async function findDuplicates(
  vectors: Matrix,
  product: MatrixProduct,
  options: DuplicateOptions,
): Promise<Duplicates> {
  const { threshold, signal, onProgress } = options;
  const groups = new Groups(vectors.rows, options);
  for (let start = 0; start < vectors.rows; start += BLOCK_ROWS) {
    const end = Math.min(start + BLOCK_ROWS, vectors.rows);
    const block = rowsOf(vectors, start, end);
    const near = Array.from({ length: block.rows }, () => new Nearest(options.isSame ? CANDIDATES : 1, threshold));
    const first = groups.count;
    for (let from = 0; from < first; from += BLOCK_SURVIVORS) {
      signal?.throwIfAborted();
      const to = Math.min(from + BLOCK_SURVIVORS, first);
      const cosines = await product(block, rowsOf(vectors, from, to));
      for (let row = 0, at = 0; row < block.rows; row++) {
        const nearest = near[row]!;
        for (let survivor = from; survivor < to; survivor++, at++) {
          if (cosines[at]! >= nearest.atLeast) nearest.add(survivor, cosines[at]!);
        }
      }
    }
    const within = await product(block, block);
    const here: number[] = []; // rows of the block that survive, numbered from `first` on
    for (let row = 0; row < block.rows; row++) {
      const nearest = near[row]!;
      here.forEach((other, at) => nearest.add(first + at, within[row * block.rows + other]!));
      if (!groups.survives(start + row, nearest.found)) continue;
      // at or before the row's own place, which has been read already
      rowOf(vectors, groups.count - 1).set(rowOf(vectors, start + row));
      here.push(row);
    }
    onProgress?.(end);
  }
  return groups;
}

/**
 * As {@link findDuplicates}, by a search that grows with the survivors, one row at a time. As exact as that search is.
 * It leaves `vectors` unchanged.
 */
export async function findDuplicatesBy(
  vectors: Matrix,
  search: GrowingSearch,
  options: DuplicateOptions,
): Promise<Duplicates> {
  const { threshold, signal, onProgress, isSame } = options;
  const groups = new Groups(vectors.rows, options);
  for (let row = 0; row < vectors.rows; row++) {
    if (row % BLOCK_ROWS === 0) {
      await new Promise(setImmediate); // lets a signal arrive
      signal?.throwIfAborted();
      onProgress?.(row);
    }
    const vector = rowOf(vectors, row);
    let near = search.nearest(vector, 1);
    // most rows have no duplicate: more candidates only for one that is near to something
    if (isSame && (near[0]?.similarity ?? -1) >= threshold) near = search.nearest(vector, CANDIDATES);
    const candidates = near.filter(({ similarity }) => similarity >= threshold);
    if (groups.survives(row, candidates)) search.add(vector);
  }
  onProgress?.(vectors.rows);
  return groups;
}

interface Candidate {
  /** Number of a survivor, by the order in which they were found. */
  readonly label: number;
  readonly similarity: number;
}

/** The nearest k survivors of a row, the nearest first; of equal ones the first that was added. */
class Nearest {
  readonly found: Candidate[] = [];
  /** A cosine below this changes nothing. */
  atLeast: number;
  readonly #k: number;

  constructor(k: number, threshold: number) {
    this.#k = k;
    this.atLeast = threshold;
  }

  add(label: number, similarity: number): void {
    if (similarity < this.atLeast) return;
    const { found } = this;
    let at = found.length;
    while (at > 0 && found[at - 1]!.similarity < similarity) at--;
    if (at === this.#k) return;
    found.splice(at, 0, { label, similarity });
    if (found.length > this.#k) found.pop();
    if (found.length === this.#k) this.atLeast = found.at(-1)!.similarity;
  }
}

/** Rows that were compared, in their groups. */
class Groups implements Duplicates {
  readonly survivors: Int32Array;
  readonly similarities: Float32Array;
  readonly held: Near[] = [];
  readonly #rows: number[] = []; // of each survivor
  readonly #isSame: (row: number, survivor: number) => boolean;

  constructor(rows: number, { isSame = () => true }: DuplicateOptions) {
    this.survivors = Int32Array.from({ length: rows }, (_, row) => row);
    this.similarities = new Float32Array(rows).fill(1);
    this.#isSame = isSame;
  }

  /** Number of survivors so far. */
  get count(): number {
    return this.#rows.length;
  }

  /**
   * Adds the next row to the group of the first candidate that says the same. Else makes it a survivor and returns
   * true.
   */
  survives(row: number, candidates: readonly Candidate[]): boolean {
    for (const { label, similarity } of candidates) {
      const survivor = this.#rows[label]!;
      if (!this.#isSame(row, survivor)) continue;
      this.survivors[row] = survivor;
      this.similarities[row] = Math.min(1, similarity);
      return false;
    }
    const [nearest] = candidates;
    if (nearest) this.held.push({ row, survivor: this.#rows[nearest.label]!, similarity: nearest.similarity });
    this.#rows.push(row);
    return true;
  }
}
