import type { Queryable } from "../database.ts";
import type { Key } from "../index-record.ts";
import { keyId } from "../statement/key.ts";
import { statement } from "../statement/statement.ts";

/** A row that duplicates another one. */
export interface StoredDuplicate {
  readonly key: Key;
  readonly survivor: Key;
  /** Cosine with the survivor. */
  readonly similarity: number;
}

const CHUNK_ROWS = 10_000;

/** Puts what was found in an index in the place of what was found before. Run it in a transaction. */
export async function saveDuplicates(
  tx: Queryable,
  indexName: string,
  duplicates: readonly StoredDuplicate[],
): Promise<void> {
  await dropDuplicates(tx, indexName);
  for (let start = 0; start < duplicates.length; start += CHUNK_ROWS) {
    const some = duplicates.slice(start, start + CHUNK_ROWS);
    await tx.query(statement("results/add-duplicates"), [
      indexName,
      some.map(({ key }) => keyId(key)),
      some.map(({ survivor }) => keyId(survivor)),
      some.map(({ similarity }) => similarity),
    ]);
  }
}

/** Forgets what was found in an index. */
export async function dropDuplicates(tx: Queryable, indexName: string): Promise<void> {
  await tx.query(statement("results/delete-duplicates"), [indexName]);
}
