import type { Queryable } from "../database.ts";
import type { IndexRecord, Key } from "../index-record.ts";
import { keyId } from "../statement/key.ts";
import { statement } from "../statement/statement.ts";

/** Unit vectors of the wordings of a row that has a negative question. */
export interface WordingVectors {
  /** Of its text and its aliases, one each. */
  readonly own: readonly Float32Array[];
  /** Of its negative questions. */
  readonly negative: readonly Float32Array[];
}

/** Replaces the vectors of the wordings of rows; a row without them gets none. */
export async function replaceWordingVectors(
  tx: Queryable,
  index: Pick<IndexRecord, "id">,
  rows: readonly { readonly key: Key; readonly wordings?: WordingVectors | undefined }[],
): Promise<void> {
  if (rows.length === 0) return;
  const keys = rows.map(({ key }) => keyId(key));
  await tx.query(statement("entries/delete-wording-vectors"), [index.id, keys]);
  const all = rows.flatMap(({ key, wordings = { own: [], negative: [] } }) =>
    [
      ...wordings.own.map((vector) => ({ vector, isNegative: false })),
      ...wordings.negative.map((vector) => ({ vector, isNegative: true })),
    ].map((wording, at) => ({ ...wording, key: keyId(key), number: at + 1 })),
  );
  if (all.length === 0) return;
  await tx.query(statement("entries/add-wording-vectors"), [
    index.id,
    all.map(({ key }) => key),
    all.map(({ number }) => number),
    all.map(({ isNegative }) => isNegative),
    all.map(({ vector }) => `{${vector.join(",")}}`),
  ]);
}
