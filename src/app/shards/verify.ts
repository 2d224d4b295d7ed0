import { readAliases } from "../../db/ask/alias.ts";
import type { Database } from "../../db/database.ts";
import type { IndexRecord, Key } from "../../db/index-record.ts";
import { withKeys } from "../../db/indexes/shard-keys.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { getFront } from "./declared.ts";
import { onEachShard, withShards, type Outcome } from "./each.ts";
import { fingerprintOf, firstDifference, thresholdDifference } from "./fingerprint.ts";

/** Something that is on more than one shard. */
export interface OnSeveral {
  readonly what: string;
  readonly shards: readonly string[];
}

/** What {@link verifyShards} found. */
export interface VerifyShardsResult {
  readonly front: string;
  readonly shards: readonly {
    readonly shard: string;
    readonly url: string;
    readonly index: string;
    /** Entries that were read; null where the shard cannot be asked. */
    readonly entries: number | null;
    /** What is wrong with it; null: nothing. */
    readonly problem: string | null;
  }[];
  /** Keys that are on several shards, and the first 10 of them. */
  readonly sharedKeys: number;
  readonly keys: readonly OnSeveral[];
  /** Aliases that are on several shards. */
  readonly aliases: readonly OnSeveral[];
  readonly ok: boolean;
}

const EXAMPLES = 10;

/**
 * Compares the shards of a front with each other.
 *
 * Checks that key, template, model, weights and thresholds agree, and finds keys and aliases that are on several
 * shards. Whether the entries of a shard agree with its table is checked by `verify`.
 *
 * Costs a sort of all keys on each server; memory does not grow with them.
 *
 * @throws {LtdError} index: there is no such front
 * @example
 * const database = await openDatabase();
 * const { ok, shards } = await verifyShards(database, "faq");
 */
export async function verifyShards(database: Database, name: string): Promise<VerifyShardsResult> {
  await requireSchema(database);
  const front = await getFront(database, name);
  return withShards(database, front, async (open) => {
    let first: IndexRecord | undefined;
    const outcomes = await onEachShard(open, async (there, record) => {
      const difference = firstDifference(await fingerprintOf(there, record), front.fingerprint);
      return { there, record, difference, aliases: await readAliases(there, record.name, null) };
    });
    const answered = outcomes.flatMap((each) => (each.error ? [] : { shard: each.shard, ...each.value }));
    const { counts, shared, examples } = await compareAll(answered);
    const shards = outcomes.map((outcome, at) => {
      const { url, index } = front.shards[at]!;
      const problem = problemOf(outcome, first);
      if (!outcome.error) first ??= outcome.value.record;
      return { shard: outcome.shard, url, index, entries: counts.get(outcome.shard) ?? null, problem };
    });
    const aliases = onSeveral(
      answered.flatMap((each) =>
        each.aliases
          .filter(({ isNegative }) => !isNegative)
          .map(({ alias, question }) => ({ id: alias, what: question, shard: each.shard })),
      ),
    );
    const ok = shards.every(({ problem }) => problem === null) && shared === 0 && aliases.length === 0;
    return { front: name, shards, sharedKeys: shared, keys: examples, aliases, ok };
  });
}

function problemOf(
  outcome: Outcome<{ record: IndexRecord; difference: string | undefined }>,
  first: IndexRecord | undefined,
): string | null {
  if (outcome.error) return outcome.error.message;
  const { record, difference } = outcome.value;
  return difference ?? (first && thresholdDifference(record, first)) ?? null;
}

function onSeveral(all: readonly { id: string; what: string; shard: string }[]): OnSeveral[] {
  const found = new Map<string, { what: string; shards: string[] }>();
  for (const { id, what, shard } of all) {
    const known = found.get(id);
    if (known === undefined) found.set(id, { what, shards: [shard] });
    else known.shards.push(shard);
  }
  return [...found.values()].filter(({ shards }) => shards.length > 1);
}

interface Compared {
  /** Entries of each shard. */
  readonly counts: Map<string, number>;
  readonly shared: number;
  readonly examples: readonly OnSeveral[];
}

/** The keys of one shard in byte order, as far as they are read. */
interface Reader {
  readonly shard: string;
  readonly next: () => Promise<Key[]>;
  keys: Key[];
  at: number;
  /** The key at hand as bytes; undefined after the last. */
  head: Buffer | undefined;
  key: Key;
}

type Answered = { readonly shard: string; readonly there: Database; readonly record: IndexRecord };

/** Merges the sorted keys of all shards: equal ones come together. */
async function compareAll([first, ...rest]: readonly Answered[], readers: readonly Reader[] = []): Promise<Compared> {
  if (first === undefined) return merge(readers);
  return withKeys(first.there, first.record, async (next) => {
    const reader: Reader = { shard: first.shard, next, keys: [], at: -1, head: undefined, key: [] };
    await advance(reader);
    return compareAll(rest, [...readers, reader]);
  });
}

async function merge(readers: readonly Reader[]): Promise<Compared> {
  const counts = new Map(readers.map(({ shard }) => [shard, 0]));
  const examples: OnSeveral[] = [];
  let shared = 0;
  for (;;) {
    const there = readers.filter(({ head }) => head !== undefined);
    if (there.length === 0) return { counts, shared, examples };
    const least = there
      .map(({ head }) => head!)
      .reduce((one, other) => (Buffer.compare(one, other) <= 0 ? one : other));
    const same = there.filter(({ head }) => head!.equals(least));
    if (same.length > 1) {
      shared++;
      if (examples.length < EXAMPLES)
        examples.push({ what: same[0]!.key.join(", "), shards: same.map(({ shard }) => shard) });
    }
    for (const reader of same) {
      counts.set(reader.shard, counts.get(reader.shard)! + 1);
      await advance(reader);
    }
  }
}

async function advance(reader: Reader): Promise<void> {
  reader.at++;
  if (reader.at >= reader.keys.length) {
    reader.keys = await reader.next();
    reader.at = 0;
  }
  const key = reader.keys[reader.at];
  // a NUL, which no text has, keeps the order of keys of several columns
  reader.head = key && Buffer.from(key.join("\0"));
  reader.key = key ?? [];
}
