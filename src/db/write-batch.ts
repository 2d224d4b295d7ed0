import { copyBinary, type RowWriter } from "./copy-binary.ts";
import type { Database } from "./database.ts";
import type { IndexRecord } from "./index-record.ts";
import { entryKeyNames, entryTable, keyTypeNames } from "./key.ts";
import type { QueuedKey } from "./queue.ts";
import { joinSql, quoteName, type SqlText, sqlText } from "./sql-text.ts";
import { statement } from "./statement.ts";

/** What is known of a source row whose text was read. */
export interface Entry extends QueuedKey {
  /** Hash of all that the vector depends on: text, model, weights. A row with an equal hash need not be embedded again. */
  readonly contentHash: Uint8Array;
  /** Unit vector of `index.dims` numbers, or null when the text is empty. */
  readonly embedding: Float32Array | null;
  /** The text was cut at the model's maximum length. */
  readonly truncated: boolean;
  readonly words: readonly string[];
}

/** The outcome of a claim; a key stands in one of the lists, once. */
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

const nothing = { written: 0, empty: 0, truncated: 0, deleted: 0, unchanged: 0 };

/**
 * Writes a batch and takes its keys from the queue, in one transaction. Whatever has changed since its claim stays queued and
 * its entry as it was. Never waits for writers of the source table.
 */
export async function writeBatch(database: Database, index: IndexRecord, batch: Batch): Promise<BatchResult> {
  const staged = [...stage(batch)];
  for (const { entry } of staged) {
    if (entry?.embedding && entry.embedding.length !== index.dims) {
      throw new RangeError(
        `a vector of ${entry.embedding.length} dimensions for index ${index.name}, which has ${index.dims}`,
      );
    }
  }
  if (staged.length === 0) return { ...nothing, superseded: 0 };
  return database.transaction(async (tx) => {
    await tx.query(statement("create-stage", { vector: quoteName(index.vectorSchema, "vector") }));
    await tx.copyIn(statement("copy-stage"), copyBinary(staged, 7, writeStaged));
    const [counts] = await tx.query<Omit<BatchResult, "superseded">>(writeStatement(index), [index.id]);
    const done = counts ?? nothing;
    return { ...done, superseded: staged.length - done.written - done.deleted - done.unchanged };
  });
}

interface Staged extends QueuedKey {
  readonly action: "write" | "delete" | "keep";
  readonly entry?: Entry;
}

function* stage({ entries = [], deletions = [], unchanged = [] }: Batch): Generator<Staged> {
  for (const entry of entries) yield { key: entry.key, version: entry.version, action: "write", entry };
  for (const { key, version } of deletions) yield { key, version, action: "delete" };
  for (const { key, version } of unchanged) yield { key, version, action: "keep" };
}

function writeStaged(out: RowWriter, { key, version, action, entry }: Staged): void {
  out.textArray(key);
  out.int8(version);
  out.text(action);
  if (entry === undefined) {
    for (let field = 0; field < 4; field += 1) out.null();
    return;
  }
  out.bytea(entry.contentHash);
  if (entry.embedding === null) out.null();
  else out.vector(entry.embedding);
  out.bool(entry.truncated);
  out.textArray(lexemes(entry.words));
}

/** What a tsvector can hold: distinct, not empty, at most 2,046 bytes each and 1 MiB together. What is beyond is left out. */
function lexemes(words: readonly string[]): string[] {
  let room = 1_000_000;
  return [...new Set(words)].filter((word) => {
    const bytes = Buffer.byteLength(word);
    if (bytes === 0 || bytes > 2_046 || bytes > room) return false;
    room -= bytes;
    return true;
  });
}

function writeStatement(index: IndexRecord): string {
  const names = entryKeyNames(index.key);
  const staged = keyTypeNames(index).map((type, column) => sqlText`s.key[${column + 1}]::${type}`);
  const pairs = names.map((name, column): SqlText => sqlText`e.${name} = ${staged[column] ?? name}`);
  return statement("write-stage", {
    entry: entryTable(index),
    key_names: joinSql(names, ", "),
    staged_keys: joinSql(staged, ", "),
    entry_is_staged: joinSql(pairs, " and "),
  });
}
