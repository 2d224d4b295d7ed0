import { nearestToKey, type Neighbour } from "../../db/ask/nearest.ts";
import type { Database } from "../../db/database.ts";
import type { IndexRecord, Key } from "../../db/index-record.ts";
import { sampleKeys } from "../../db/indexes/calibration.ts";
import type { Embedder } from "../../embed/embedder.ts";
import { searchableIndex, type Searchable } from "../ask/searchable.ts";
import { readBehind } from "../behind.ts";
import { readTexts } from "../row-text.ts";

/** What questions are tried on: an index, or all shards of a front. */
export interface TrialSource {
  /** Of a front that of its first shard, with the name of the front. */
  readonly record: IndexRecord;
  readonly searchable: Searchable;
  /** Up to `count` keys of rows with a vector, the same ones for the same seed. */
  sample(count: number, seed: number): Promise<readonly Key[]>;
  /** By `keyId`. */
  texts(keys: readonly Key[]): Promise<ReadonlyMap<string, string>>;
  /** The k rows nearest to a row, itself left out. */
  nearestTo(key: Key, k: number): Promise<readonly Neighbour[]>;
  /** Changed rows that wait for `sync`. */
  pending(): Promise<number>;
}

/** An index of one database. */
export function trialSource(database: Database, record: IndexRecord, embedder: Embedder): TrialSource {
  return {
    record,
    searchable: searchableIndex(database, { record, embedder }),
    sample: (count, seed) => sampleKeys(database, record, count, seed),
    texts: (keys) => readTexts(database, record, keys),
    nearestTo: (key, k) => nearestToKey(database, record, key, k),
    pending: async () => (await readBehind(database, record)).pending,
  };
}
