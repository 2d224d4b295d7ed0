import { createMatrix, rowOf, type Matrix } from "../vector/matrix.ts";
import type { Random } from "../vector/random.ts";

/** `count` of the rows by chance, in their order, copied; the matrix itself where it has no more. */
export function drawRows(vectors: Matrix, count: number, random: Random): Matrix {
  if (vectors.rows <= count) return vectors;
  const drawn = createMatrix(count, vectors.dims);
  let taken = 0;
  for (let row = 0; row < vectors.rows; row++) {
    // of the rows that are left, as many as are wanted: each set of rows is as likely (Knuth, algorithm S)
    if (random.next() * (vectors.rows - row) < count - taken) rowOf(drawn, taken++).set(rowOf(vectors, row));
  }
  return drawn;
}
