import type { WordWeight } from "../../text/word-weight.ts";
import type { Queryable } from "../database.ts";
import type { IndexRecord } from "../index-record.ts";
import { statement } from "../statement/statement.ts";

/** A word whose weight in a generation differs from the model's. */
export interface StoredWeight extends WordWeight {
  /** Estimated from the rows, not set by hand. */
  readonly fitted: boolean;
}

/** Weights as `ltd.weight` holds them, by word in byte order. */
export type StoredWeights = ReadonlyMap<string, StoredWeight>;

/** The weights of a generation; they never change. */
export async function readWeights(database: Queryable, index: Pick<IndexRecord, "id">): Promise<StoredWeights> {
  const rows = await database.query<StoredWeight & { word: string }>(statement("indexes/list-weights"), [index.id]);
  return new Map(rows.map(({ word, ...weight }) => [word, weight]));
}

/** Gives a new generation its weights. */
export async function addWeights(tx: Queryable, index: Pick<IndexRecord, "id">, weights: StoredWeights): Promise<void> {
  const of = [...weights.values()];
  await tx.query(statement("indexes/add-weights"), [
    index.id,
    [...weights.keys()],
    of.map(({ idf }) => idf),
    of.map(({ frequency }) => frequency),
    of.map(({ fitted }) => fitted),
  ]);
}
