import { Random } from "../../src/vector/random.ts";

/** Numbers in [0, 1) that depend on the seed only. */
export function randomFrom(seed: number): () => number {
  const draws = new Random(seed);
  return () => draws.next();
}
