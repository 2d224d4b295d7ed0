import { copyBinary, type RowWriter } from "../connect/copy-binary.ts";
import type { Database, Queryable } from "../database.ts";
import { fold } from "../capture/fold.ts";
import type { IndexRecord, Key, KeyType } from "../index-record.ts";
import {
  BINARY_TYPES,
  entryKeyNames,
  entryTable,
  keyId,
  wantedNames,
  keyArrayTypes,
  keyParameters,
} from "../statement/key.ts";
import { acknowledge, type QueuedKey } from "../capture/queue.ts";
import { joinSql, sqlText, quoteName } from "../statement/sql-text.ts";
import { statement } from "../statement/statement.ts";
import { vectorText } from "../statement/vector-text.ts";
import { deleteEntries } from "./entry.ts";
import { lockRows, vectorColumn, writeVectors } from "./vector-column.ts";
import { replaceWordingVectors, type WordingVectors } from "./wording-vectors.ts";

/** What is known of a source row whose text was read. */
export interface Entry extends QueuedKey {
  /**
   * Hash of all that the vector depends on: text, model, weights. A row with an equal hash need not be embedded again.
   */
  readonly contentHash: Uint8Array;
  /** Unit vector of `index.dims` numbers, or null when the text is empty. */
  readonly embedding: Float32Array | null;
  /** The text was cut at the model's maximum length. */
  readonly truncated: boolean;
  /** Of a row with a negative question. Default: none. */
  readonly wordings?: WordingVectors;
  /** What the row is found by, each once: see `lexemes`. */
  readonly words: readonly string[];
  /** False when the key was seen without an entry after it had been claimed: there is none to replace. Default true. */
  readonly replaces?: boolean;
}

/** The outcome of a claim; a key is in one of the lists, once. */
export interface Batch {
  readonly entries?: readonly Entry[];
  /** Rows that are gone from the source: their entry is deleted. */
  readonly deletions?: readonly QueuedKey[];
  /** Rows whose hash is unchanged: they are only taken from the queue. */
  readonly unchanged?: readonly QueuedKey[];
}

/** How many keys of a batch went which way. */
export interface BatchResult {
  readonly written: number;
  /** Of those written: without a vector. */
  readonly empty: number;
  /** Of those written: cut at the model's maximum length. */
  readonly truncated: number;
  /** Taken from the queue as deleted, whether or not there was an entry. */
  readonly deleted: number;
  readonly unchanged: number;
  /** Not taken from the queue, as the row has changed since its claim, or is changing. */
  readonly superseded: number;
}

/**
 * Writes a batch and takes its keys from the queue, in one transaction. Whatever has changed since its claim stays
 * queued and its entry as it was. Never waits for writers of the source table.
 *
 * A key leaves the queue once, and only the worker that removes it writes its entry: so new entries go into their table
 * by COPY.
 */
export async function writeBatch(database: Database, index: IndexRecord, batch: Batch): Promise<BatchResult> {
  const { entries = [], deletions = [], unchanged = [] } = batch;
  for (const { embedding } of entries) {
    if (embedding && embedding.length !== index.dims) {
      throw new RangeError(
        `a vector of ${embedding.length} dimensions for index ${index.name}, which has ${index.dims}`,
      );
    }
  }
  const all = [...entries, ...deletions, ...unchanged];
  if (all.length === 0) return { written: 0, empty: 0, truncated: 0, deleted: 0, unchanged: 0, superseded: 0 };
  // what has changed since the claim gets its new version here; what changes later is embedded after this
  await fold(database, index);
  return database.transaction(async (tx) => {
    const isColumn = vectorColumn(index) !== null;
    const keys = all.map(({ key }) => key);
    const blocked = isColumn ? await lockRows(tx, index, keys) : new Set<string>();
    const free = blocked.size === 0 ? all : all.filter(({ key }) => !blocked.has(keyId(key)));
    const taken = await acknowledge(tx, index, free);
    const isTaken = (key: QueuedKey) => taken.has(key);
    const written = entries.filter(isTaken);
    const deleted = deletions.filter(isTaken);
    const replaced = [...written.filter(({ replaces }) => replaces !== false), ...deleted];
    await deleteEntries(
      tx,
      index,
      replaced.map(({ key }) => key),
    );
    await addEntries(tx, index, written);
    // a new entry without negative questions has nothing to replace
    await replaceWordingVectors(tx, index, [
      ...written.filter(({ replaces, wordings }) => replaces !== false || wordings !== undefined),
      ...deleted,
    ]);
    await writeVectors(tx, index, [...written, ...deleted.map(({ key }) => ({ key, embedding: null }))]);
    return {
      written: written.length,
      empty: written.filter(({ embedding }) => embedding === null).length,
      truncated: written.filter(({ truncated }) => truncated).length,
      deleted: deleted.length,
      unchanged: taken.size - written.length - deleted.length,
      superseded: all.length - taken.size,
    };
  });
}

async function addEntries(tx: Queryable, index: IndexRecord, entries: readonly Entry[]): Promise<void> {
  if (entries.length === 0) return;
  const types = index.key.map(({ type }) => type);
  const isColumn = vectorColumn(index) !== null;
  if (!types.every((type) => BINARY_TYPES.has(type))) return insertEntries(tx, index, entries, isColumn);
  const rows = copyBinary(entries, types.length + 4, (out, entry) => {
    writeKey(out, types, entry.key);
    out.bytea(entry.contentHash);
    if (entry.embedding === null || isColumn) out.null();
    else if (index.halfVectors) out.halfvec(entry.embedding);
    else out.vector(entry.embedding);
    out.bool(entry.truncated);
    out.tsvector(storable(entry.words));
  });
  const names = joinSql(entryKeyNames(index.key), ", ");
  await tx.copyIn(statement("entries/copy-entries", { entry: entryTable(index), key_names: names }), rows);
}

/** As {@link addEntries}, as text: for keys of other types. */
async function insertEntries(
  tx: Queryable,
  index: IndexRecord,
  entries: readonly Entry[],
  isColumn: boolean,
): Promise<void> {
  const parts = {
    entry: entryTable(index),
    key_names: joinSql(entryKeyNames(index.key)),
    keys: joinSql(wantedNames(index)),
    key_arrays: joinSql(keyArrayTypes(index).map((type, at) => sqlText`$${at + 5}::${type}`)),
    vector: quoteName(index.vectorSchema, "vector"),
  };
  await tx.query(statement("entries/insert-entries", parts), [
    entries.map(({ contentHash }) => Buffer.from(contentHash).toString("hex")),
    entries.map(({ embedding }) => (embedding === null || isColumn ? null : vectorText(embedding))),
    entries.map(({ truncated }) => String(truncated)),
    entries.map(({ words }) => storable(words).map(quoteLexeme).join(" ")),
    ...keyParameters(
      index,
      entries.map(({ key }) => key),
    ),
  ]);
}

/** A lexeme as `tsvector` reads it. */
function quoteLexeme(word: string): string {
  return `'${word.replaceAll(/['\\]/g, "$&$&")}'`;
}

function writeKey(out: RowWriter, types: readonly KeyType[], key: Key): void {
  types.forEach((type, column) => {
    const part = key[column] ?? "";
    if (type === "bigint") out.int8(part);
    else if (type === "integer") out.int4(Number(part));
    else if (type === "smallint") out.int2(Number(part));
    else if (type === "uuid") out.bytea(Buffer.from(part.replaceAll("-", ""), "hex"));
    else out.text(part);
  });
}

/** Bytes of a lexeme, and of all lexemes of a tsvector, that Postgres keeps. */
const [LEXEME_BYTES, TSVECTOR_BYTES] = [2_046, 1_000_000];

/**
 * The distinct words that a tsvector can hold.
 *
 * None that is empty, at most 2,046 bytes each and 1 MiB together.
 */
function storable(words: readonly string[]): readonly string[] {
  let room = TSVECTOR_BYTES;
  return [...new Set(words)].filter((word) => {
    // a UTF-16 unit takes three bytes at most: hardly any word has to be measured
    const bytes = 3 * word.length > Math.min(LEXEME_BYTES, room) ? Buffer.byteLength(word) : 3 * word.length;
    if (bytes === 0 || bytes > LEXEME_BYTES || bytes > room) return false;
    room -= bytes;
    return true;
  });
}
