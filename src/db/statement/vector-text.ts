import { toSql } from "pgvector";

/** A vector as Postgres reads it: `[1,2]`. */
export function vectorText(vector: Float32Array | readonly number[]): string {
  return toSql(Array.from(vector)) as string;
}
