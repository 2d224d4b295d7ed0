import type { Database } from "../../db/database.ts";
import type { IndexRecord, Key } from "../../db/index-record.ts";
import { openDatabase } from "../../db/connect/open.ts";
import { parseServerUrl } from "../../db/connect/server-url.ts";
import { readRecords } from "../../db/indexes/find-index.ts";
import {
  addShardRecord,
  findFront,
  isSameDatabase,
  listFronts,
  removeShardRecord,
  type Fingerprint,
  type FrontRecord,
  type ShardRecord,
} from "../../db/indexes/front.ts";
import { sampleKeys } from "../../db/indexes/calibration.ts";
import { findKeys } from "../../db/indexes/shard-keys.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { requireName } from "../../db/statement/name.ts";
import { recordStatements } from "../../db/statement/record-statements.ts";
import { LtdError } from "../../errors.ts";
import { requireWhole } from "../../range.ts";
import { getFront } from "./declared.ts";
import { onEachShard, withShards } from "./each.ts";
import { fingerprintOf, firstDifference, thresholdDifference } from "./fingerprint.ts";
import { Shard } from "./shard.ts";

/** A shard that is to be declared. */
export interface NewShard {
  /**
   * Lower case letters, Chinese characters, digits and `_`, at most 45 bytes. Results call it so where it does not
   * answer.
   */
  name: string;
  /** `postgres://user@host:port/database`. Passwords are not stored: give them by PGPASSWORD or a password file. */
  url: string;
  /** Its index there; default: the name of the front. */
  index?: string;
  /** How long the shards of the front are waited for, 10 to 600,000. Default: as it was, 2,000 at first. */
  deadlineMs?: number;
}

/** What {@link addShard} did. */
export interface AddShardResult {
  front: string;
  shard: string;
  /** Its address and index. */
  url: string;
  index: string;
  /** How many shards the front has now. */
  shards: number;
}

/** Keys of a new shard that are looked for on the others. */
const SAMPLED_KEYS = 1_000;

/**
 * Declares a shard of a front; the first one makes the front. The shard must answer, and have the key, template, model,
 * weights and thresholds of the others. Up to 1,000 of its keys are looked for on the other shards;
 * {@link verifyShards} looks for all.
 *
 * @throws {LtdError} usage: an address with a password; index: names that are taken, the first difference, a key of
 *   another shard; database: a shard that cannot be reached
 * @example
 * const database = await openDatabase({ url: "postgres://app:app@127.0.0.1/front" });
 * await addShard(database, "faq", { name: "a", url: "postgres://app@db1/app" });
 */
export async function addShard(database: Database, front: string, shard: NewShard): Promise<AddShardResult> {
  const { fingerprint, record, before } = await plan(database, front, shard);
  await database.transaction((tx) =>
    addShardRecord(tx, { name: front, fingerprint }, record, shard.deadlineMs ?? null),
  );
  return { front, shard: record.name, url: record.url, index: record.index, shards: before + 1 };
}

/**
 * The statements of {@link addShard}, to run by hand. Changes nothing.
 *
 * @throws {LtdError} as {@link addShard}
 * @example
 * const database = await openDatabase();
 * const statements = await addShardStatements(database, "faq", { name: "a", url: "postgres://app@db1/app" });
 * console.log(statements.join(";\n"));
 */
export async function addShardStatements(database: Database, front: string, shard: NewShard): Promise<string[]> {
  const { fingerprint, record } = await plan(database, front, shard);
  const { tx, statements } = recordStatements();
  await addShardRecord(tx, { name: front, fingerprint }, record, shard.deadlineMs ?? null);
  return statements;
}

/**
 * The fronts of a database with their shards, or one of them, by name. Connects to none.
 *
 * @throws {LtdError} index: there is no front of this name
 * @example
 * const database = await openDatabase();
 * for (const { name, shards } of await listShards(database)) console.log(name, shards.length);
 */
export async function listShards(database: Database, front?: string): Promise<FrontRecord[]> {
  await requireSchema(database);
  return front === undefined ? listFronts(database) : [await getFront(database, front)];
}

/**
 * Takes a shard from a front, and the front with its last one. The shard itself stays as it is.
 *
 * @throws {LtdError} index: there is no such front or shard
 * @example
 * const database = await openDatabase();
 * await removeShard(database, "faq", "a");
 */
export async function removeShard(database: Database, front: string, shard: string): Promise<{ shards: number }> {
  const before = await requireShard(database, front, shard);
  await database.transaction((tx) => removeShardRecord(tx, front, shard));
  return { shards: before - 1 };
}

/**
 * The statements of {@link removeShard}, to run by hand. Changes nothing.
 *
 * @throws {LtdError} as {@link removeShard}
 * @example
 * const database = await openDatabase();
 * console.log((await removeShardStatements(database, "faq", "a")).join(";\n"));
 */
export async function removeShardStatements(database: Database, front: string, shard: string): Promise<string[]> {
  await requireShard(database, front, shard);
  const { tx, statements } = recordStatements();
  await removeShardRecord(tx, front, shard);
  return statements;
}

/** How many shards the front has. Throws LtdError "index" where this is none of them. */
async function requireShard(database: Database, front: string, shard: string): Promise<number> {
  await requireSchema(database);
  const { shards } = await getFront(database, front);
  if (shards.some(({ name }) => name === shard)) return shards.length;
  throw new LtdError("index", `${front} has no shard ${JSON.stringify(shard)}`, {
    hint: `its shards are: ${shards.map(({ name }) => name).join(", ")}`,
  });
}

interface Plan {
  readonly fingerprint: Fingerprint;
  readonly record: ShardRecord;
  /** Shards that the front has already. */
  readonly before: number;
}

async function plan(database: Database, front: string, shard: NewShard): Promise<Plan> {
  await requireSchema(database);
  requireName("a front", front, "index");
  requireName("a shard", shard.name, "index");
  if (shard.deadlineMs !== undefined) requireWhole("deadlineMs", shard.deadlineMs, 10, 600_000);
  requireNoPassword(shard.url);
  const existing = await findFront(database, front);
  const record = { name: shard.name, url: shard.url, index: shard.index ?? front };
  if (existing?.shards.some(({ name }) => name === shard.name))
    throw new LtdError("index", `${front} has a shard ${shard.name} already`, {
      hint: `choose another name, or remove it first: ltd-index shard remove ${front} ${shard.name}`,
    });
  if ((await readRecords(database, front, true)).length > 0)
    throw new LtdError("index", `this database has an index ${front}: a front needs another name`, {
      hint: "declare the front in a database of its own, or give it another name and name the index with --index",
    });
  const joining = new Shard({
    name: record.name,
    index: record.index,
    owned: true,
    open: () => openDatabase({ url: record.url, connections: 2 }),
  });
  try {
    const { database: there, record: index } = await joining.live();
    if (await isSameDatabase(database, there))
      throw new LtdError("index", `the shard ${record.name} is in the database of the front itself`, {
        hint: "declare the front in a database of its own: createdb front && ltd-index init",
      });
    const fingerprint = await fingerprintOf(there, index);
    if (existing !== undefined) await requireFit(database, existing, record, there, index);
    return { fingerprint: existing?.fingerprint ?? fingerprint, record, before: existing?.shards.length ?? 0 };
  } finally {
    await joining.close();
  }
}

/** Requires that a shard can join those of a front. All of them must answer. */
async function requireFit(
  database: Database,
  front: FrontRecord,
  joining: ShardRecord,
  there: Database,
  index: IndexRecord,
): Promise<void> {
  const refuse = (why: string, hint: string) =>
    new LtdError("index", `the shard ${joining.name} cannot join ${front.name}: ${why}`, { hint });
  const difference = firstDifference(await fingerprintOf(there, index), front.fingerprint);
  if (difference !== undefined)
    throw refuse(difference, `bring its index ${joining.index} to what the others have, then add it`);
  const keys = await sampleKeys(there, index, SAMPLED_KEYS, 1);
  await withShards(database, front, async (shards) => {
    const outcomes = await onEachShard(shards, async (other, record) => ({
      isSame: record.name === index.name && (await isSameDatabase(other, there)),
      difference: thresholdDifference(index, record),
      shared: (await findKeys(other, record, keys))[0],
    }));
    for (const { shard, ...outcome } of outcomes) {
      if (outcome.error) throw outcome.error;
      const { value } = outcome;
      if (value.isSame) throw refuse(`it is the shard ${shard}`, `see ltd-index shard list ${front.name}`);
      if (value.difference !== undefined)
        throw refuse(
          `${value.difference} as on ${shard}`,
          `give its index ${joining.index} the same thresholds, then add it`,
        );
      if (value.shared !== undefined)
        throw refuse(
          `the key ${keyText(value.shared)} is on ${shard}, too`,
          "a row is on one shard: delete it on the other",
        );
    }
  });
}

function keyText(key: Key): string {
  return key.join(", ");
}

function requireNoPassword(url: string): void {
  if (!/^postgres(ql)?:\/\//.test(url))
    throw new LtdError("usage", "a shard is an address that begins with postgres://", {
      hint: "ltd-index shard add faq a postgres://user@host:5432/database",
    });
  const { config } = parseServerUrl(url);
  const parameters = new URLSearchParams(url.split("?")[1]);
  if (!config.password && !parameters.has("password") && !parameters.has("sslpassword")) return;
  throw new LtdError("usage", "the address has a password, which would be stored in the database of the front", {
    hint: "leave it out, and give it by PGPASSWORD or a password file (PGPASSFILE)",
  });
}
