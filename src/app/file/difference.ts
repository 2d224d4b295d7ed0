import { hashOfKey, type RowTable } from "../../ann/row-table.ts";
import type { Queryable } from "../../db/database.ts";
import type { IndexRecord, Key } from "../../db/index-record.ts";
import { readIndexedHashes } from "../../db/entries/indexed-row.ts";

/** How a local file differs from the database. */
export interface LocalDifference {
  /** Rows of the database that were compared. */
  compared: number;
  /** Keys that the file does not have. */
  added: Key[];
  /** Keys whose text has changed: the file has another vector of them. */
  changed: Key[];
  /** Keys whose row has changed, but not its text, by their label in the file. */
  rewritten: Map<number, Key>;
  /** Labels of the file whose row is gone from the database, or has no vector any more. */
  removed: number[];
  /** Labels of the file whose vector is no longer right: those of `changed`, and `removed`. */
  dropped: number[];
}

/**
 * Compares a local file with the entries and rows that a transaction sees. Reads keys and hashes only, some 60 bytes a
 * row. Deletes are logged nowhere, and `updated_at` of two transactions says nothing of their order: so every key is
 * compared.
 */
export async function compareLocal(
  tx: Queryable,
  index: IndexRecord,
  table: RowTable,
  signal?: AbortSignal,
): Promise<LocalDifference> {
  const found: LocalDifference = {
    compared: 0,
    added: [],
    changed: [],
    rewritten: new Map(),
    removed: [],
    dropped: [],
  };
  const seen = new Uint8Array(table.labels);
  const changed = new Set<number>();
  for await (const rows of readIndexedHashes(tx, index)) {
    signal?.throwIfAborted();
    found.compared += rows.length;
    for (const { key, contentHash, rowHash } of rows) {
      const label = table.labelOf(hashOfKey(key));
      if (label === undefined) {
        found.added.push(key);
        continue;
      }
      seen[label] = 1;
      const known = table.hashesOf(label);
      if (Buffer.compare(known.content, contentHash) !== 0) {
        found.changed.push(key);
        changed.add(label);
      } else if (Buffer.compare(known.row, rowHash) !== 0) {
        found.rewritten.set(label, key);
      }
    }
  }
  for (let label = 0; label < table.labels; label++) {
    if (table.lengthOf(label) === 0) continue;
    if (seen[label] === 0) found.removed.push(label);
    if (seen[label] === 0 || changed.has(label)) found.dropped.push(label);
  }
  return found;
}
