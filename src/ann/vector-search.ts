import type { Matrix } from "../vector/matrix.ts";

/** A vector that was found. */
export interface VectorHit {
  /** The number that the vector was given when it was added: 0, 1, 2 … */
  readonly label: number;
  /** Cosine, in [-1, 1]; larger is nearer. */
  readonly similarity: number;
}

/**
 * How vectors are searched. With `exact`, all are compared; `hnsw` walks a graph (Malkov and Yashunin, arXiv
 * 1603.09320).
 */
export type SearchMethod = "exact" | "hnsw";

/** Settings of a search. */
export interface VectorSearchOptions {
  /**
   * Candidates that HNSW keeps, at least k: more finds more of the true neighbours and takes longer. Exact search takes
   * no notice.
   */
  efSearch?: number;
}

/** Unit vectors in this process that can be searched. */
export interface VectorSearch {
  readonly method: SearchMethod;
  /** D. */
  readonly dims: number;
  /** N: the vectors that can be found. */
  readonly rows: number;
  /**
   * The k vectors nearest to each of Q queries (Q x D, unit length), nearest first, equal ones by label. All N where k
   * is larger. On the calling thread.
   *
   * @throws RangeError for k below 1, for queries of another length, that are not finite, or not of unit length
   */
  search(queries: Matrix, k: number, options?: VectorSearchOptions): VectorHit[][];
  /** A copy of the vector of a label. Throws a RangeError for a label that is not there. */
  vectorOf(label: number): Float32Array;
}

/** Rounding to float32, and sums of some hundred squares, stay far below this. */
const UNIT_TOLERANCE = 1e-3;

/** Throws a RangeError for a vector that has no direction or another length than 1: NaN, zero, not normalised. */
export function requireUnit(vector: Float32Array, dims: number): void {
  if (vector.length !== dims) throw new RangeError(`a vector of ${vector.length} dimensions, not ${dims}`);
  let squares = 0;
  for (const value of vector) squares += value * value;
  // NaN fails every comparison
  if (!(Math.abs(squares - 1) <= 2 * UNIT_TOLERANCE)) {
    throw new RangeError(`a vector of length ${Math.sqrt(squares)}, not 1`);
  }
}

/** Throws a RangeError for a number of results that cannot be meant. */
export function requireK(k: number): void {
  if (!Number.isInteger(k) || k < 1) throw new RangeError(`k is ${k}, but must be a whole number from 1`);
}

/** Throws a RangeError for a label that was not given, or whose vector was removed. */
export function requireLabel(label: number, labels: number, isRemoved = false): void {
  if (Number.isInteger(label) && label >= 0 && label < labels && !isRemoved) return;
  throw new RangeError(`there is no vector ${label} among ${labels}`);
}
