import { createMatrix, rowOf, type Matrix } from "../vector/matrix.ts";

/**
 * The running sums of K clusters, from which their centroids are computed. Moving a row subtracts it from one sum and
 * adds it to another.
 */
export class CentroidSums {
  readonly sizes: Int32Array;
  readonly #sums: Float64Array;
  readonly #dims: number;

  constructor(k: number, dims: number) {
    this.sizes = new Int32Array(k);
    this.#sums = new Float64Array(k * dims);
    this.#dims = dims;
  }

  add(vector: Float32Array, cluster: number): void {
    this.sizes[cluster]! += 1;
    const [sums, start, dims] = [this.#sums, cluster * this.#dims, this.#dims];
    for (let at = 0; at < dims; at++) sums[start + at]! += vector[at]!;
  }

  remove(vector: Float32Array, cluster: number): void {
    this.sizes[cluster]! -= 1;
    const [sums, start, dims] = [this.#sums, cluster * this.#dims, this.#dims];
    for (let at = 0; at < dims; at++) sums[start + at]! -= vector[at]!;
  }

  /** The means, K x D; zeros for a cluster without rows. */
  means(): Matrix {
    const means = createMatrix(this.sizes.length, this.#dims);
    means.data.forEach((_, at) => {
      const size = this.sizes[Math.floor(at / this.#dims)]!;
      if (size > 0) means.data[at] = this.#sums[at]! / size;
    });
    return means;
  }

  /**
   * The sums at unit length, K x D: what a spherical centroid is. One of a cluster without rows, or whose rows cancel
   * each other out, is zeros.
   *
   * `inertia` is the sum of squared distances of N unit rows to the means of their clusters: N - Σ |sum|² / size.
   */
  centroids(): { centroids: Matrix; inertia: number } {
    const centroids = createMatrix(this.sizes.length, this.#dims);
    let inertia = 0;
    this.sizes.forEach((size, cluster) => {
      const sum = this.#sums.subarray(cluster * this.#dims, (cluster + 1) * this.#dims);
      let square = 0;
      for (const value of sum) square += value * value;
      if (size === 0 || square < 1e-12) return;
      inertia += size - square / size;
      const length = Math.sqrt(square);
      const row = rowOf(centroids, cluster);
      for (let at = 0; at < row.length; at++) row[at] = sum[at]! / length;
    });
    return { centroids, inertia };
  }
}
