import { endianness } from "node:os";
import { LtdError } from "../errors.ts";

/** NumPy names of the element types that are written: little-endian float32, int32, int64. */
export type NpyType = "<f4" | "<i4" | "<i8";

const ALIGNMENT = 64;

/**
 * The header of a NumPy array file (`.npy`, format version 1.0, C order). The elements follow it as they lie in memory.
 *
 * Its length depends on the number of digits in `shape` only through padding to 64 bytes, so a header with the same
 * number of dimensions can be written again over the first one when the count of rows is known. Source: NumPy
 * Enhancement Proposal 1.
 */
export function npyHeader(type: NpyType, shape: readonly number[]): Uint8Array {
  if (endianness() !== "LE") throw new Error("npy files are written on little-endian machines only");
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const fields = `{'descr': '${type}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const prefix = 10; // magic, version and length of the text
  const length = Math.max(2 * ALIGNMENT, Math.ceil((prefix + fields.length + 1) / ALIGNMENT) * ALIGNMENT) - prefix;
  const header = new Uint8Array(prefix + length);
  header.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, length & 0xff, length >> 8]);
  header.set(new TextEncoder().encode(`${fields.padEnd(length - 1)}\n`), prefix);
  return header;
}

/**
 * Reads a `.npy` file of float32 or int64 in C order, of one or two dimensions. Throws an LtdError "input" for any
 * other file.
 */
export function parseNpy(bytes: Uint8Array, name: string): { shape: number[]; data: Float32Array | BigInt64Array } {
  const text = Buffer.from(bytes.subarray(0, 4096)).toString("latin1");
  const length = text.startsWith("\u0093NUMPY\u0001") ? bytes[8]! + 256 * bytes[9]! : 0;
  const header = /'descr': '(<f4|<i8)'.*'fortran_order': False.*'shape': \((\d+), ?(\d*)\)/.exec(
    text.slice(10, 10 + length),
  );
  if (header === null)
    throw new LtdError("input", `${name} is not a .npy file of float32 or int64 with one or two dimensions`);
  const shape = header
    .slice(2)
    .filter((size) => size !== "")
    .map(Number);
  const data = new Uint8Array(bytes.subarray(10 + length)).buffer; // a copy, aligned
  const values = header[1] === "<f4" ? new Float32Array(data) : new BigInt64Array(data);
  if (values.length !== shape.reduce((a, b) => a * b, 1)) {
    throw new LtdError(
      "input",
      `${name} is truncated: its header says ${shape.join(" x ")}, but it has ${values.length} elements`,
    );
  }
  return { shape, data: values };
}
