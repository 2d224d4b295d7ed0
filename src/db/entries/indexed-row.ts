import { sql } from "kysely";
import { builder, fragment, run } from "../statement/builder.ts";
import type { Queryable } from "../database.ts";
import type { IndexRecord, Key } from "../index-record.ts";
import { entryKeyNames, keyArray, sameKey, sourceKeyNames, sourceTable, wantedNames } from "../statement/key.ts";
import { sourceError } from "../source/source-error.ts";
import { own } from "../statement/own.ts";
import { exactRow, valueArray } from "../source/values.ts";
import { quoteLiteral, quoteName, sqlText } from "../statement/sql-text.ts";
import { entryRows } from "./vector-column.ts";
import { readVector } from "./vectors.ts";
import { wantedKeys } from "../statement/wanted-keys.ts";

/** A row that has a vector. */
export interface IndexedRow {
  readonly key: Key;
  readonly contentHash: Uint8Array;
  /** The row as it is now, as JSON text whose `bigint` and `numeric` are strings, without a column that has its vector. */
  readonly row: string;
  /** The columns of the template as text, in its order. */
  readonly values: readonly (string | null)[];
  /** D numbers. */
  readonly vector: Float32Array;
}

/** What tells whether a row or its vector has changed. */
export interface IndexedRowHashes {
  readonly key: Key;
  readonly contentHash: Uint8Array;
  /** The first 16 bytes of the SHA-256 of `row` of {@link IndexedRow}. */
  readonly rowHash: Uint8Array;
}

type RowAsSent = Omit<IndexedRow, "vector"> & { readonly vector: Uint8Array };

/** Rows that are read at once, at most and at first; in between, as many as have some {@link FETCH_CHARACTERS} of JSON. */
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
 * Every row that has a vector, with it, in no order and some thousand at a time. Run it in one transaction with isolation level repeatable
 * read, in which the record was read, too. Throws LtdError("source") when the table or a column is gone.
 */
export async function* readIndexedRows(tx: Queryable, index: IndexRecord): AsyncGenerator<IndexedRow[]> {
  for await (const rows of fetchAll<RowAsSent>(tx, index, rowsWithVectors(index))) yield rows.map(decode);
}

/** The hashes of the same rows, in the same way. The rows themselves do not leave the database. */
export function readIndexedHashes(tx: Queryable, index: IndexRecord): AsyncGenerator<IndexedRowHashes[]> {
  const rowHash = sql<Uint8Array>`substring(sha256(convert_to(${rowJson(index)}, 'UTF8')) from 1 for 16)`;
  return fetchAll(tx, index, indexedRows(index).select(rowHash.as("rowHash")));
}

/** Those of the rows that have one of these keys, some thousand at a time. */
export async function* readRowsOfKeys(
  tx: Queryable,
  index: IndexRecord,
  keys: readonly Key[],
): AsyncGenerator<IndexedRow[]> {
  const same = sameKey(sqlText`e`, entryKeyNames(index.key), sqlText`wanted`, wantedNames(index));
  for (let start = 0, next = FIRST_ROWS; start < keys.length;) {
    const wanted = wantedKeys(index, keys.slice(start, start + next));
    const rows = await run(
      tx,
      rowsWithVectors(index).innerJoin(wanted, (join) => join.on(fragment<boolean>(same))),
    );
    yield rows.map(decode);
    start += next;
    if (rows.length > 0) next = fetchNext(rows);
  }
}

function indexedRows(index: IndexRecord) {
  const [e, s] = [sqlText`e`, sqlText`s`];
  const names = entryKeyNames(index.key);
  return builder
    .selectFrom(fragment(entryRows(index)).as<"e">(sql`e`))
    .innerJoin(fragment(sourceTable(index)).as<"s">(sql`s`), (join) =>
      join.on(fragment<boolean>(sameKey(s, sourceKeyNames(index), e, names))),
    )
    .where(sql<boolean>`e.embedding is not null`)
    .select([
      fragment<Key>(keyArray(e, names, index.key)).as("key"),
      sql<Uint8Array>`e.content_hash`.as("contentHash"),
    ]);
}

function rowsWithVectors(index: IndexRecord) {
  const send = fragment(quoteName(index.vectorSchema, "vector_send"));
  return indexedRows(index).select([
    rowJson(index).as("row"),
    fragment<(string | null)[]>(valueArray(index, sqlText`s`)).as("values"),
    sql<Uint8Array>`${send}(e.embedding)`.as("vector"),
  ]);
}

function rowJson(index: IndexRecord) {
  // a bare s would be the column of that name where the table has one
  const row = sqlText`to_jsonb(s.*::${sourceTable(index)})`;
  const column = index.vectorColumn;
  const shown = column === null ? row : sqlText`(${row} - ${quoteLiteral(column)}::text)`;
  return fragment<string>(sqlText`${exactRow(index, shown)}::text`);
}

async function* fetchAll<Row extends object>(
  tx: Queryable,
  index: IndexRecord,
  rows: { compile(): { sql: string } },
): AsyncGenerator<Row[]> {
  try {
    // a cursor is planned for its first rows; this one is read to its end
    await tx.query("set local cursor_tuple_fraction = 1");
    await tx.query(own(`declare ltd_indexed no scroll cursor for ${rows.compile().sql}`, "entries/open-rows"));
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
