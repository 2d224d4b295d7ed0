import { createMatrix, rowOf, type Matrix } from "../../vector/matrix.ts";
import type { MatrixProduct } from "../../vector/product.ts";
import { Random } from "../../vector/random.ts";

/** How far a map can be believed, measured on a sample of its rows. */
export interface MapQuality {
  /** k: the neighbours that are compared. */
  readonly neighbours: number;
  /** Rows that were compared. */
  readonly sample: number;
  /** Share of a row's k nearest rows that are among its k nearest on the map, 0 to 1. By chance: k / N. */
  readonly preserved: number;
  /**
   * Trustworthiness of the map. It is 1 if neighbours on the map are the nearest rows and about 0.5 by chance; it
   * measures how low the map's neighbours rank by similarity. Source: Venna, Kaski 2001.
   */
  readonly trustworthiness: number;
}

const SAMPLE_ROWS = 1_000;
const BLOCK_ROWS = 100;

/**
 * Compares the neighbours of up to 1,000 rows on the map with those among the vectors themselves. Costs 2,000 N D
 * operations.
 */
export async function mapQuality(
  vectors: Matrix,
  positions: Float32Array,
  multiply: MatrixProduct,
  { neighbours = 15, seed = 1 } = {},
): Promise<MapQuality> {
  const { rows, dims } = vectors;
  const k = Math.min(neighbours, Math.floor((rows - 1) / 2));
  if (k < 1) return { neighbours: 0, sample: 0, preserved: 1, trustworthiness: 1 };
  const sample = new Random(seed).some([...Array(rows).keys()], SAMPLE_ROWS);
  let kept = 0;
  let beyond = 0;
  for (let from = 0; from < sample.length; from += BLOCK_ROWS) {
    const block = sample.slice(from, from + BLOCK_ROWS);
    const queries = createMatrix(block.length, dims);
    block.forEach((row, at) => rowOf(queries, at).set(rowOf(vectors, row)));
    const similarities = await multiply(queries, vectors);
    for (const [at, row] of block.entries()) {
      const scores = similarities.subarray(at * rows, (at + 1) * rows);
      scores[row] = -Infinity;
      const onMap = nearestOnMap(positions, row, k);
      for (const other of onMap) {
        let rank = 1; // in the order of similarity; of equal ones the first counts
        for (let candidate = 0; candidate < rows; candidate++) if (scores[candidate]! > scores[other]!) rank++;
        if (rank <= k) kept++;
        else beyond += rank - k;
      }
    }
  }
  const size = sample.length;
  return {
    neighbours: k,
    sample: size,
    preserved: kept / (size * k),
    trustworthiness: 1 - (2 * beyond) / (size * k * (2 * rows - 3 * k - 1)),
  };
}

function nearestOnMap(positions: Float32Array, row: number, k: number): number[] {
  const squares = new Float32Array(positions.length / 2);
  for (let other = 0; other < squares.length; other++) {
    const dx = positions[2 * other]! - positions[2 * row]!;
    const dy = positions[2 * other + 1]! - positions[2 * row + 1]!;
    squares[other] = other === row ? Infinity : dx * dx + dy * dy;
  }
  const limit = squares.slice().sort()[k - 1]!;
  const found: number[] = [];
  for (let other = 0; other < squares.length && found.length < k; other++)
    if (squares[other]! <= limit) found.push(other);
  return found;
}
