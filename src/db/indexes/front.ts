import type { Database, Queryable } from "../database.ts";
import { dropForeignShard } from "./foreign-shard.ts";
import { statement } from "../statement/statement.ts";

/** What all shards of a front have in common: rows of two shards can be compared only then. */
export interface Fingerprint {
  /** Columns of the key with their types: `id bigint`. */
  readonly key: string;
  readonly template: string;
  readonly model: string;
  /** Of the model package. */
  readonly modelChecksum: string;
  /** Checksum of the words that are weighed otherwise than by the model. */
  readonly weights: string;
}

/** Where a shard is. */
export interface ShardRecord {
  readonly name: string;
  /** `postgres://user@host:port/database`, without a password. */
  readonly url: string;
  /** Its index there. */
  readonly index: string;
}

/** A front: a name by which several shards are asked as one index. */
export interface FrontRecord {
  readonly name: string;
  /** How long a shard is waited for. */
  readonly deadlineMs: number;
  readonly fingerprint: Fingerprint;
  /** By name. */
  readonly shards: readonly ShardRecord[];
}

/** The fronts of a database, by name. */
export function listFronts(database: Queryable): Promise<FrontRecord[]> {
  return database.query<FrontRecord>(statement("shards/list-fronts"), [null]);
}

/** The front of a name; undefined: there is none. */
export async function findFront(database: Queryable, name: string): Promise<FrontRecord | undefined> {
  const [found] = await database.query<FrontRecord>(statement("shards/list-fronts"), [name]);
  return found;
}

/** Adds a shard, and makes its front if this is the first one. Null leaves the deadline as it is. */
export async function addShardRecord(
  tx: Queryable,
  { name, fingerprint }: Pick<FrontRecord, "name" | "fingerprint">,
  shard: ShardRecord,
  deadlineMs: number | null,
): Promise<void> {
  await tx.query(statement("shards/add-front"), [name, JSON.stringify(fingerprint)]);
  await tx.query(statement("shards/add-shard"), [name, shard.name, shard.url, shard.index]);
  if (deadlineMs !== null) await tx.query(statement("shards/set-deadline"), [name, deadlineMs]);
}

/** Takes a shard from a front; a front without shards goes with its last one. */
export async function removeShardRecord(tx: Queryable, front: string, shard: string): Promise<void> {
  await dropForeignShard(tx, front, shard);
  await tx.query(statement("shards/remove-shard"), [front, shard]);
  await tx.query(statement("shards/remove-front"), [front]);
}

/** Says which generation of its shards a front asks from now on. */
export async function setFingerprint(tx: Queryable, front: string, fingerprint: Fingerprint): Promise<void> {
  await tx.query(statement("shards/set-fingerprint"), [front, JSON.stringify(fingerprint)]);
}

/** Whether two open databases are one: an advisory lock of one is seen in the other. Needs no privilege. */
export async function isSameDatabase(one: Database, other: Database): Promise<boolean> {
  if (one === other) return true;
  if (one.kind === "embedded" || other.kind === "embedded") return false;
  const mark = String(BigInt.asIntN(64, BigInt(`0x${crypto.randomUUID().replaceAll("-", "").slice(0, 16)}`)));
  return one.transaction(async (tx) => {
    await tx.query(statement("shards/hold-database"), [mark]);
    const [found] = await other.query<{ held: boolean }>(statement("shards/is-held"), [mark]);
    return found!.held;
  });
}
