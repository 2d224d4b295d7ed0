import { RowWriter, copyHeader, copyTrailer } from "../../db/connect/copy-binary.ts";
import type { Embedder } from "../../embed/embedder.ts";
import { LtdError } from "../../errors.ts";
import { embedLines } from "./embed-lines.ts";

/** Types of key that {@link copyLines} writes. */
export const COPY_KEY_TYPES = ["bigint", "integer", "smallint", "text", "uuid"] as const;
export type CopyKeyType = (typeof COPY_KEY_TYPES)[number];

/** What {@link copyLines} writes, and how. */
export interface CopyOptions {
  /** Type of the key's column: binary COPY takes no other. */
  readonly key: CopyKeyType;
  /** Whether the vectors go into a column of `halfvec`, not `vector`. */
  readonly halfvec: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Told of the lines that were written, and those of them without a letter or digit. */
  readonly onRows: (rows: number, empty: number) => void;
}

/** Pieces are handed on when they are this long. */
const PIECE_BYTES = 64 * 1024;
/** A row without fields: COPY refuses it and undoes everything, where it takes an end that comes too early. */
const SPOILED = Buffer.from([0, 0]);

/**
 * Lines `key<TAB>text` as `COPY … (key, vector) FROM STDIN (FORMAT BINARY)` takes them. The vector of a text without a
 * letter or digit is null. What ends it early makes the COPY fail, so that no part of the rows is kept.
 *
 * @throws LtdError "input" that names the line without a tab, or the key that does not fit
 */
export async function* copyLines(
  lines: AsyncIterable<string>,
  embedder: Embedder,
  { key: type, halfvec, signal, onRows }: CopyOptions,
): AsyncGenerator<Uint8Array> {
  const out = new RowWriter();
  out.bytes(copyHeader);
  try {
    for await (const chunk of embedLines(keyedLines(lines), embedder, signal)) {
      for (const { line, key, vector } of chunk) {
        out.beginRow(2);
        if (!writeKey[type](out, key)) throw badKey(line, key, type);
        if (vector === null) out.null();
        else if (halfvec) out.halfvec(vector);
        else out.vector(vector);
        out.endRow();
        if (out.length >= PIECE_BYTES) yield out.take();
      }
      onRows(chunk.length, chunk.filter(({ vector }) => vector === null).length);
    }
  } catch (error) {
    yield SPOILED;
    throw error;
  }
  out.bytes(copyTrailer);
  yield out.take();
}

async function* keyedLines(lines: AsyncIterable<string>) {
  let line = 0;
  for await (const each of lines) {
    line++;
    const tab = each.indexOf("\t");
    if (tab < 0)
      throw new LtdError(
        "input",
        `line ${line} has no tab between key and text: ${JSON.stringify(each.slice(0, 60))}`,
        {
          hint: String.raw`give key and text: psql -At -F $'\t' -c "select id, question from faq" | ltd-index embed --format copy`,
        },
      );
    yield { line, key: each.slice(0, tab), text: each.slice(tab + 1) };
  }
}

/** Each writes a key of its type; false: it does not fit. */
const writeKey: Record<CopyKeyType, (out: RowWriter, key: string) => boolean> = {
  smallint: (out, key) => isWhole(key, 16) && (out.int2(Number(key)), true),
  integer: (out, key) => isWhole(key, 32) && (out.int4(Number(key)), true),
  bigint: (out, key) => isWhole(key, 64) && (out.int8(key), true),
  text: (out, key) => key !== "" && !key.includes("\0") && (out.text(key), true),
  uuid: (out, key) =>
    /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(key) &&
    (out.bytea(Buffer.from(key.replaceAll("-", ""), "hex")), true),
};

function isWhole(key: string, bits: number): boolean {
  return /^-?\d{1,19}$/.test(key) && BigInt.asIntN(bits, BigInt(key)) === BigInt(key);
}

function badKey(line: number, key: string, type: CopyKeyType): LtdError {
  return new LtdError("input", `line ${line} has the key ${JSON.stringify(key.slice(0, 60))}, which is no ${type}`, {
    hint: `name the type of the column by --key: ${COPY_KEY_TYPES.join(", ")}`,
  });
}
