import type { Queryable } from "../database.ts";
import type { IndexRecord, Key } from "../index-record.ts";
import {
  entryKeyNames,
  isWanted,
  keyArray,
  keyParameters,
  sameKey,
  sourceKeyNames,
  sourceTable,
  wantedTable,
} from "../statement/key.ts";
import { sourceError } from "../source/source-error.ts";
import { exactRow, valueArray } from "../source/values.ts";
import { quoteIdentifier, quoteLiteral, type SqlText, sqlText } from "../statement/sql-text.ts";
import { statement } from "../statement/statement.ts";
import { entryRows } from "./vector-column.ts";
import { readVector } from "./vectors.ts";

/** A row that has a vector. */
export interface IndexedRow {
  readonly key: Key;
  readonly contentHash: Uint8Array;
  /**
   * The row as it is now, as JSON text, without a column that has its vector. In it, `bigint` and `numeric` are
   * strings.
   */
  readonly row: string;
  /** The columns of the template as text, in its order. */
  readonly values: readonly (string | null)[];
  /** D numbers. */
  readonly vector: Float32Array;
}

/** Hashes that show whether a row or its vector has changed. */
export interface IndexedRowHashes {
  readonly key: Key;
  readonly contentHash: Uint8Array;
  /** The first 16 bytes of the SHA-256 of `row` of {@link IndexedRow}. */
  readonly rowHash: Uint8Array;
}

type RowAsSent = Omit<IndexedRow, "vector"> & { readonly vector: Uint8Array };

/**
 * Rows that are read at once, at most and at first. In between, as many as have some {@link FETCH_CHARACTERS} of JSON.
 */
const FETCH_ROWS = 1_000;
const FIRST_ROWS = 50;
const FETCH_CHARACTERS = 1 << 22;

/** How many rows to read next, where these were read last. */
function fetchNext(found: readonly object[]): number {
  const lengthOf = (each: object): number => ("row" in each && typeof each.row === "string" ? each.row.length : 0);
  const characters = found.reduce((sum, each) => sum + lengthOf(each), 0);
  return Math.max(1, Math.min(FETCH_ROWS, Math.floor((FETCH_CHARACTERS * found.length) / Math.max(characters, 1))));
}

/**
 * Every row that has a vector, with it, in no order and some thousand at a time. Run it in one transaction with
 * isolation level repeatable read, in which the record was read, too. Throws LtdError("source") when the table or a
 * column is gone.
 */
export async function* readIndexedRows(tx: Queryable, index: IndexRecord): AsyncGenerator<IndexedRow[]> {
  for await (const rows of fetchAll<RowAsSent>(tx, index, statement("entries/open-rows", rowParts(index))))
    yield rows.map(decode);
}

/** The hashes of the same rows, in the same way. The rows themselves do not leave the database. */
export function readIndexedHashes(tx: Queryable, index: IndexRecord): AsyncGenerator<IndexedRowHashes[]> {
  return fetchAll(tx, index, statement("entries/open-row-hashes", hashedParts(index)));
}

/** Those of the rows that have one of these keys, some thousand at a time. */
export async function* readRowsOfKeys(
  tx: Queryable,
  index: IndexRecord,
  keys: readonly Key[],
): AsyncGenerator<IndexedRow[]> {
  const text = statement("entries/read-rows", {
    ...rowParts(index),
    wanted: wantedTable(index),
    is_wanted: isWanted(index, sqlText`e`, entryKeyNames(index.key)),
  });
  for (let start = 0, next = FIRST_ROWS; start < keys.length;) {
    const rows = await tx.query<RowAsSent>(text, keyParameters(index, keys.slice(start, start + next)));
    yield rows.map(decode);
    start += next;
    if (rows.length > 0) next = fetchNext(rows);
  }
}

/** The parts of a statement that hashes the entries `e` with their rows `s`. */
function hashedParts(index: IndexRecord) {
  const [e, s] = [sqlText`e`, sqlText`s`];
  const names = entryKeyNames(index.key);
  return {
    key: keyArray(e, names, index.key),
    row: rowJson(index),
    entry: entryRows(index),
    source: sourceTable(index),
    same_key: sameKey(s, sourceKeyNames(index), e, names),
  };
}

/** Of one that reads them. */
function rowParts(index: IndexRecord) {
  const values = valueArray(index, sqlText`s`);
  return { ...hashedParts(index), values, vector_schema: quoteIdentifier(index.vectorSchema) };
}

function rowJson(index: IndexRecord): SqlText {
  // a bare s would be the column of that name where the table has one
  const row = sqlText`to_jsonb(s.*::${sourceTable(index)})`;
  const column = index.vectorColumn;
  const shown = column === null ? row : sqlText`(${row} - ${quoteLiteral(column)}::text)`;
  return sqlText`${exactRow(index, shown)}::text`;
}

/** Reads what `open` opens the cursor `ltd_indexed` over. */
async function* fetchAll<Row extends object>(tx: Queryable, index: IndexRecord, open: string): AsyncGenerator<Row[]> {
  try {
    // a cursor is planned for its first rows; this one is read to its end
    await tx.query("set local cursor_tuple_fraction = 1");
    await tx.query(open);
    for (let next = FIRST_ROWS; ;) {
      const found = await tx.query<Row>(`fetch ${next} from ltd_indexed`);
      if (found.length > 0) yield found;
      if (found.length < next) break;
      next = fetchNext(found);
    }
    await tx.query("close ltd_indexed");
  } catch (error) {
    throw sourceError(error, index);
  }
}

function decode({ vector: sent, ...rest }: RowAsSent): IndexedRow {
  const bytes = Buffer.from(sent.buffer, sent.byteOffset, sent.byteLength);
  const vector = new Float32Array(bytes.length / Float32Array.BYTES_PER_ELEMENT - 1);
  readVector(bytes, vector);
  return { ...rest, vector };
}
