/** The signature, the flags, and the length of a header extension, which is empty. */
const HEADER_BYTES = 19;

/**
 * Parses the output of `COPY … TO STDOUT (FORMAT BINARY)`, in chunks cut anywhere. The format is "COPY, Binary Format"
 * in the PostgreSQL manual.
 *
 * Call the function returned with each chunk; it calls `onRow` with the fields of each row, null for SQL's null. The
 * fields are views of memory that is used again: take what is wanted at once.
 */
export function copyBinaryRows(onRow: (fields: readonly (Buffer | null)[]) => void): (chunk: Uint8Array) => void {
  let rest: Buffer = Buffer.alloc(0);
  let skip = HEADER_BYTES;
  return (chunk) => {
    const given = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const bytes = rest.length === 0 ? given : Buffer.concat([rest, given]);
    let at = 0;
    if (bytes.length >= skip) {
      at = skip;
      skip = 0;
      for (;;) {
        const end = rowEnd(bytes, at);
        if (end === undefined) break;
        onRow(fieldsOf(bytes, at));
        at = end;
      }
    }
    rest = at === bytes.length ? Buffer.alloc(0) : Buffer.from(bytes.subarray(at));
  };
}

/** Where the row that begins at `at` ends; undefined where it is cut, or where the trailer stands. */
function rowEnd(bytes: Buffer, at: number): number | undefined {
  if (at + 2 > bytes.length) return undefined;
  const fields = bytes.readInt16BE(at);
  if (fields < 0) return undefined;
  let end = at + 2;
  for (let field = 0; field < fields; field++) {
    if (end + 4 > bytes.length) return undefined;
    end += 4 + Math.max(bytes.readInt32BE(end), 0);
  }
  return end <= bytes.length ? end : undefined;
}

function fieldsOf(bytes: Buffer, at: number): (Buffer | null)[] {
  const fields: (Buffer | null)[] = [];
  let start = at + 2;
  for (let left = bytes.readInt16BE(at); left > 0; left--) {
    const length = bytes.readInt32BE(start);
    start += 4;
    fields.push(length < 0 ? null : bytes.subarray(start, start + length));
    start += Math.max(length, 0);
  }
  return fields;
}
