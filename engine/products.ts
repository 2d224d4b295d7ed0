/**
 * Dot products of one vector with many, sixteen numbers a step. This is AssemblyScript; `npm run engine` compiles it,
 * and src/vector/products.ts calls it.
 */

/** Bytes of a step: sixteen float32. */
const STEP: usize = 64;

/**
 * Writes a · row for each of the rows, as float32.
 *
 * @param vector address of a
 * @param rows address of the first row; the others follow without a gap
 * @param count rows, at least 1
 * @param bytes length of a row and of a, a multiple of 64
 * @param results address of the first product
 */
export function products(vector: usize, rows: usize, count: i32, bytes: usize, results: usize): void {
  do {
    const end = rows + bytes;
    let at = vector;
    // four sums that do not wait for each other
    let sum0 = f32x4.splat(0);
    let sum1 = f32x4.splat(0);
    let sum2 = f32x4.splat(0);
    let sum3 = f32x4.splat(0);
    do {
      sum0 = f32x4.add(sum0, f32x4.mul(v128.load(at), v128.load(rows)));
      sum1 = f32x4.add(sum1, f32x4.mul(v128.load(at, 16), v128.load(rows, 16)));
      sum2 = f32x4.add(sum2, f32x4.mul(v128.load(at, 32), v128.load(rows, 32)));
      sum3 = f32x4.add(sum3, f32x4.mul(v128.load(at, 48), v128.load(rows, 48)));
      at += STEP;
      rows += STEP;
    } while (rows < end);
    const sum = f32x4.add(f32x4.add(f32x4.add(sum0, sum1), sum2), sum3);
    store<f32>(
      results,
      f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1) + f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3),
    );
    results += 4;
  } while (--count);
}
