/** A vector as Postgres reads it: `[1,2]`. */
export function vectorText(vector: Float32Array | readonly number[]): string {
  return JSON.stringify(Array.from(vector));
}
