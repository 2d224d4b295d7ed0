import { inSnapshot } from "../../db/connect/snapshot.ts";
import type { Database } from "../../db/database.ts";
import { readVectors, type VectorOptions, type VectorRows } from "../../db/entries/vectors.ts";
import type { IndexRecord, Key } from "../../db/index-record.ts";
import type { Fingerprint } from "../../db/indexes/front.ts";
import { requireUnchanged } from "../../db/source/source-error.ts";
import type { LtdError } from "../../errors.ts";
import { createMatrix, reorderRows } from "../../vector/matrix.ts";
import { readBehind, type Behind } from "../behind.ts";
import { compareKeys } from "./compare-keys.ts";
import { allOf, onEachGeneration, onEachShard } from "./each.ts";
import type { Shard } from "./shard.ts";

/** A shard whose rows were read. */
export interface ReadShard {
  readonly shard: string;
  readonly database: Database;
  readonly record: IndexRecord;
}

/**
 * The index of each shard: the live one, or that of the generation that a front asks.
 *
 * @throws LtdError of the first shard that does not answer
 */
export async function openParts(shards: readonly Shard[], wanted?: Fingerprint): Promise<ReadShard[]> {
  const partOf = async (database: Database, record: IndexRecord, { name: shard }: Shard) => ({
    shard,
    database,
    record,
  });
  return allOf(
    wanted === undefined ? await onEachShard(shards, partOf) : await onEachGeneration(shards, wanted, partOf),
  );
}

/** The rows of several shards as those of one index, in the order of their keys. */
export interface ShardRows {
  readonly rows: VectorRows;
  /** Those that answered. */
  readonly shards: readonly ReadShard[];
  /** Of each row, the place of its shard in `shards`. */
  readonly shardOf: Uint32Array;
  readonly behind: Behind;
  /** Those that did not, and why. */
  readonly late: readonly { readonly shard: string; readonly error: LtdError }[];
}

/** Told of a shard that was left out, and why. */
export type OnLate = (shard: string, error: LtdError) => void;

interface Part extends ReadShard {
  readonly behind: Behind;
  readonly rows: VectorRows;
}

/**
 * Reads the vectors of all shards at once, each by one COPY. In memory they take what they would in one index, and
 * those of one shard more.
 *
 * @throws LtdError of the first shard where none answers
 */
export async function readShardRows(
  shards: readonly Shard[],
  fingerprint: Fingerprint,
  optionsOf: (record: IndexRecord, shard: string) => VectorOptions,
): Promise<ShardRows> {
  const outcomes = await onEachGeneration(shards, fingerprint, (database, record, { name }) =>
    inSnapshot(database, async (tx) => {
      requireUnchanged(record);
      const behind = await readBehind(tx, record);
      return { database, record, behind, rows: await readVectors(tx, record, optionsOf(record, name)) };
    }),
  );
  const parts: Part[] = [];
  const late: ShardRows["late"][number][] = [];
  for (const each of outcomes) {
    if (each.error) late.push(each);
    else parts.push({ shard: each.shard, ...each.value });
  }
  if (parts.length === 0) throw late[0]!.error;
  return { ...mergeParts(parts), late };
}

/** Puts the rows of shards together. Takes them out of `parts`, so that no vector is in memory twice for long. */
function mergeParts(parts: Part[]): Omit<ShardRows, "late"> {
  const order = keyOrder(
    parts.map(({ rows }) => rows.keys),
    compareKeys(parts[0]!.record.key),
  );
  const read = parts.map(({ shard, database, record }) => ({ shard, database, record }));
  const behind = {
    pending: parts.reduce((sum, part) => sum + part.behind.pending, 0),
    failed: parts.reduce((sum, part) => sum + part.behind.failed, 0),
  };
  const vectors = createMatrix(order.length, parts[0]!.rows.vectors.dims);
  const all = { keys: [] as Key[], words: [] as string[], hashes: [] as string[], shard: [] as number[] };
  for (let part = parts.shift(), at = 0; part !== undefined; part = parts.shift(), at++) {
    const { rows } = part;
    vectors.data.set(rows.vectors.data, all.keys.length * vectors.dims);
    for (const row of rows.keys.keys()) {
      all.keys.push(rows.keys[row]!);
      all.words.push(rows.words[row]!);
      all.hashes.push(rows.hashes[row]!);
      all.shard.push(at);
    }
  }
  reorderRows(vectors, order);
  const inOrder = <T>(values: readonly T[]): T[] => Array.from(order, (row) => values[row]!);
  return {
    rows: { keys: inOrder(all.keys), vectors, words: inOrder(all.words), hashes: inOrder(all.hashes), lexemes: [] },
    shards: read,
    shardOf: Uint32Array.from(inOrder(all.shard)),
    behind,
  };
}

/** Merges lists of keys, each in order. Gives the places in all lists, one after the other, in the order of all. */
function keyOrder(lists: readonly (readonly Key[])[], compare: (one: Key, other: Key) => number): Int32Array {
  let total = 0;
  const heads = lists.map((keys) => {
    const head = { keys, at: 0, offset: total };
    total += keys.length;
    return head;
  });
  const order = new Int32Array(total);
  for (let place = 0; place < total; place++) {
    const first = heads
      .filter(({ keys, at }) => at < keys.length)
      .reduce((least, head) => (compare(head.keys[head.at]!, least.keys[least.at]!) < 0 ? head : least));
    order[place] = first.offset + first.at++;
  }
  return order;
}
