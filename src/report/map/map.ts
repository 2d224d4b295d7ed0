import type { Matrix } from "../../vector/matrix.ts";
import type { MatrixProduct } from "../../vector/product.ts";
import { Random } from "../../vector/random.ts";
import { edgesOf } from "./edges.ts";
import { layOut } from "./layout.ts";
import { nearestNeighbours } from "./neighbours.ts";
import { principalCoordinates } from "./principal.ts";

/** Settings of {@link mapOf}. */
export interface MapOptions {
  /** Principal components in which neighbours are looked for, 2 to D; more are truer and cost time. Default 128. */
  components?: number;
  /** Neighbours that pull at a row, 2 to 100: few show small groups, many the large shape. Default 15. */
  neighbours?: number;
  /** The same seed gives the same map. Default 1. */
  seed?: number;
  signal?: AbortSignal;
}

/**
 * A place on a plane for every row such that neighbours in D dimensions mostly are neighbours there: N x 2.
 *
 * Distances between far groups, and the size of a group, mean little, as in every such map. Comparing rows costs 2 N² x
 * components operations in the matrix product, the layout some 250 epochs over 15 N edges.
 *
 * @param vectors N x D, rows of unit length, N up to some 100,000
 */
export async function mapOf(vectors: Matrix, multiply: MatrixProduct, options: MapOptions = {}): Promise<Float32Array> {
  const { components = 128, neighbours = 15, seed = 1, signal } = options;
  if (vectors.rows === 0) return new Float32Array(0);
  const random = new Random(seed);
  const coordinates = await principalCoordinates(vectors, Math.max(2, components), multiply, random);
  const nearest = await nearestNeighbours(coordinates, neighbours, multiply, signal);
  return layOut(coordinates, edgesOf(nearest), random, signal);
}
