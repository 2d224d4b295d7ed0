import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { LtdError } from "../errors.ts";

/** A data file beside the sidecar, which names it. */
export interface DataFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

const CHUNK_BYTES = 1 << 20;

/** The hint for every damaged local file: it is only a copy, so write it again. */
export const EXPORT_AGAIN = "write it again from the database: ltd-index export INDEX --out FILE --rebuild";

/** Size and SHA-256 of a file, which is flushed to the disk. */
export async function describeFile(path: string): Promise<Omit<DataFile, "name">> {
  const file = await open(path, "r+");
  try {
    await file.sync();
    const hash = createHash("sha256");
    let bytes = 0;
    for (const chunk = Buffer.allocUnsafe(CHUNK_BYTES); ;) {
      const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, bytes);
      if (bytesRead === 0) return { bytes, sha256: hash.digest("hex") };
      hash.update(chunk.subarray(0, bytesRead));
      bytes += bytesRead;
    }
  } finally {
    await file.close();
  }
}

/**
 * Reads a whole file, a mebibyte at a time, and compares its size and SHA-256 with the sidecar's. Copies it into
 * `target`, if one is given.
 * @throws LtdError "input" for a file that was cut or changed
 */
export async function checkFile(path: string, expected: DataFile, target?: Uint8Array): Promise<void> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    if (size !== expected.bytes) throw damaged(path, `it has ${size} bytes, not ${expected.bytes}`);
    const hash = createHash("sha256");
    const spare = target ? undefined : Buffer.allocUnsafe(CHUNK_BYTES);
    for (let at = 0; at < size;) {
      const chunk = spare ?? target!.subarray(at, at + CHUNK_BYTES);
      const { bytesRead } = await file.read(chunk, 0, Math.min(chunk.length, size - at), at);
      if (bytesRead === 0) throw damaged(path, `it ends after ${at} bytes`);
      hash.update(chunk.subarray(0, bytesRead));
      at += bytesRead;
    }
    const found = hash.digest("hex");
    if (found !== expected.sha256) {
      throw damaged(path, `its SHA-256 is ${found.slice(0, 12)}…, not ${expected.sha256.slice(0, 12)}…`);
    }
  } finally {
    await file.close();
  }
}

/** Fills `into` with what the file at `path` has from byte `from` on. Throws LtdError "input" where it ends before. */
export async function readAll(file: FileHandle, path: string, into: Uint8Array, from: number): Promise<void> {
  for (let at = 0; at < into.length;) {
    const { bytesRead } = await file.read(into, at, into.length - at, from + at);
    if (bytesRead === 0) throw damaged(path, `it ends after ${from + at} bytes`);
    at += bytesRead;
  }
}

/** The error of a file that is not what was written. */
export function damaged(path: string, why: string): LtdError {
  return new LtdError("input", `${path} is damaged: ${why}`, { hint: EXPORT_AGAIN });
}
