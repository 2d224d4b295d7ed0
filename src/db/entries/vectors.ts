import { createMatrix, rowOf, type Matrix } from "../../vector/matrix.ts";
import { copyBinaryRows } from "../connect/copy-binary-rows.ts";
import type { Queryable } from "../database.ts";
import { GenerationSwitched, stateOf } from "./generation-state.ts";
import type { IndexRecord, Key } from "../index-record.ts";
import { entryKeyNames, keyArray, keyTexts } from "../statement/key.ts";
import { joinSql, quoteLiteral, type SqlText, sqlText } from "../statement/sql-text.ts";
import { statement } from "../statement/statement.ts";
import { entryRows, guardEntryRows } from "./vector-column.ts";

/** The entries of an index that have a vector, in the order of their keys. */
export interface VectorRows {
  /** N keys. */
  readonly keys: readonly Key[];
  /** N x D, rows of unit length. */
  readonly vectors: Matrix;
  /** N texts: the distinct words of each row, with a blank between them. Empty texts unless asked for. */
  readonly words: readonly string[];
  /**
   * N texts: all lexemes of each row, its words and pairs of characters, with a line feed between them. Empty texts
   * unless asked for.
   */
  readonly lexemes: readonly string[];
  /** N hashes of what each vector depends on, 16 bytes as hexadecimal digits. Empty texts unless asked for. */
  readonly hashes: readonly string[];
}

/** What {@link readVectors} reads besides keys and vectors. */
export interface VectorOptions {
  words?: boolean;
  lexemes?: boolean;
  hashes?: boolean;
  /** A condition on the entry `e`; default: all entries. */
  condition?: SqlText;
}

/**
 * Reads the vectors of an index by one binary COPY into one array. Each number takes 4 bytes: some 200 MB for 100,000
 * rows of 512 dimensions.
 *
 * Run it in a transaction of one snapshot (repeatable read): the rows are counted first. Throws {@link
 * GenerationSwitched} when the generation is no longer what the record says.
 */
export async function readVectors(tx: Queryable, index: IndexRecord, options: VectorOptions = {}): Promise<VectorRows> {
  if ((await stateOf(tx, index)) !== index.state) throw new GenerationSwitched(index);
  await guardEntryRows(tx, index);
  const keyNames = entryKeyNames(index.key).map((name) => sqlText`e.${name}`);
  const from = { entries: entryRows(index), condition: options.condition ?? sqlText`true` };
  const [counted] = await tx.query<{ rows: number }>(statement("entries/count-vectors", from));
  const vectors = createMatrix(counted?.rows ?? 0, index.dims);
  const found = { keys: [] as Key[], vectors, words: [] as string[], lexemes: [] as string[], hashes: [] as string[] };
  const columns = [
    sqlText`e.embedding`,
    options.words
      ? sqlText`(select string_agg(w, ' ') from unnest(tsvector_to_array(e.words)) w where w not like '% %' and w not like '"_%"')`
      : sqlText`null::text`,
    options.lexemes ? sqlText`array_to_string(tsvector_to_array(e.words), chr(10))` : sqlText`null::text`,
    options.hashes ? sqlText`e.content_hash` : sqlText`null::bytea`,
    ...keyTexts(sqlText`e`, entryKeyNames(index.key), index.key),
  ];
  const copy = statement("entries/copy-vectors", { ...from, columns: joinSql(columns), key_names: joinSql(keyNames) });
  await tx.copyOut(
    copy,
    copyBinaryRows(([embedding, words, lexemes, hash, ...key]) => {
      readVector(embedding!, rowOf(vectors, found.keys.length));
      found.keys.push(key.map((part) => part!.toString()));
      found.words.push(words?.toString() ?? "");
      found.lexemes.push(lexemes?.toString() ?? "");
      found.hashes.push(hash?.toString("hex") ?? "");
    }),
  );
  return found;
}

/**
 * That an entry `e` is in one of `parts` parts of an index, numbered from 0. A hash of its key decides, so each part is
 * a sample by chance, and a row is in the same part on whatever server it is.
 */
export function isInPart(index: IndexRecord, part: number, parts: number): SqlText {
  const key = keyArray(sqlText`e`, entryKeyNames(index.key), index.key);
  const hash = sqlText`sha256(convert_to(${key}::text, 'UTF8'))`;
  const from = (at: number): SqlText =>
    sqlText`decode(${quoteLiteral(
      Math.floor((at / parts) * 2 ** 32)
        .toString(16)
        .padStart(8, "0"),
    )}, 'hex')`;
  const above = sqlText`${hash} >= ${from(part)}`;
  return part + 1 === parts ? above : joinSql([above, sqlText`${hash} < ${from(part + 1)}`], " and ");
}

/**
 * Reads pgvector's binary `vector`. That is the number of dimensions and an unused word, 2 bytes each, then float4
 * each, the high byte first.
 */
export function readVector(field: Buffer, row: Float32Array): void {
  const bytes = Buffer.from(row.buffer, row.byteOffset, row.byteLength);
  field.copy(bytes, 0, 4);
  bytes.swap32();
}
