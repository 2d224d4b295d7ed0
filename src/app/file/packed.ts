import type { StoredRow } from "../../ann/row-file.ts";
import type { Sidecar } from "../../ann/sidecar.ts";
import type { ModelDescription } from "../../embed/model-package.ts";
import type { JudgeFile } from "../../judge/chance/judge-file.ts";

/** What the page holds as JSON. */
export interface PackedAbout {
  readonly index: string;
  readonly dims: number;
  readonly sidecar: Pick<
    Sidecar,
    "template" | "thresholds" | "generation" | "model" | "aliases" | "negatives" | "weights" | "exportedAt"
  >;
  readonly description: Pick<ModelDescription, "id" | "dims" | "text" | "thresholds">;
  /** Without the parsed lexicon; null for a model without a judge. */
  readonly judge: Omit<JudgeFile, "lexicon"> | null;
}

/** The parts of the page: each is an element with this id that holds base64 of gzip. */
export const PARTS = ["graph", "words", "chars", "about", "rows", "vectors"] as const;

/** The modules of engine/ that the page needs. */
export const MODULES = ["student", "student-relaxed", "products", "words"] as const;

/** Largest number that a coordinate is stored as: 10 bits with its sign. */
const MOST = 511;

/**
 * N x D floats, rows of unit length -> 10 bits a number: N x D bytes with the upper 8, then the lower 2, four in a
 * byte. The largest coordinate of a row is 511; the row's length is 1, so no scale is stored. A similarity moves by
 * 0.0001 on average.
 */
export function packVectors(data: Float32Array, dims: number): Uint8Array {
  const packed = new Uint8Array(data.length + Math.ceil(data.length / 4));
  for (let start = 0; start < data.length; start += dims) {
    let largest = 0;
    for (let at = start; at < start + dims; at++) largest = Math.max(largest, Math.abs(data[at]!));
    for (let at = start; at < start + dims; at++) {
      const number = Math.round((data[at]! / largest) * MOST);
      packed[at] = number >> 2;
      packed[data.length + (at >> 2)]! |= (number & 3) << (2 * (at & 3));
    }
  }
  return packed;
}

/** The vectors again, of unit length. */
export function unpackVectors(packed: Uint8Array, rows: number, dims: number): Float32Array {
  const upper = new Int8Array(packed.buffer, packed.byteOffset, packed.length);
  const data = new Float32Array(rows * dims);
  for (let start = 0; start < data.length; start += dims) {
    let squares = 0;
    for (let at = start; at < start + dims; at++) {
      const number = (upper[at]! << 2) | ((packed[data.length + (at >> 2)]! >> (2 * (at & 3))) & 3);
      data[at] = number;
      squares += number ** 2;
    }
    const scale = 1 / Math.sqrt(squares);
    for (let at = start; at < start + dims; at++) data[at]! *= scale;
  }
  return data;
}

/** Rows as JSON lines, and back. */
export function parseRows(lines: string): StoredRow[] {
  return lines
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as StoredRow);
}
