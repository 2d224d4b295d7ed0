import type { Database } from "../../db/database.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import { listIndexes } from "../../db/indexes/find-index.ts";
import { findFront, listFronts, type Fingerprint, type FrontRecord } from "../../db/indexes/front.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { statusOf, type IndexStatus, type ShardStatus } from "../status.ts";
import { onEachShard, withShards, type Outcome } from "./each.ts";
import { fingerprintOf, firstDifference } from "./fingerprint.ts";
import type { Shard } from "./shard.ts";

/**
 * Counts one index or front, or all of them. Throws LtdError "index" when `name` is not one.
 *
 * @example
 * const database = await openDatabase();
 * for (const { index, entries, pending } of await status(database)) console.log(index, entries, pending);
 */
export async function status(database: Database, name?: string): Promise<IndexStatus[]> {
  await requireSchema(database);
  const named = name === undefined ? undefined : await findFront(database, name);
  if (named !== undefined) return [await frontStatus(database, named)];
  const found: IndexStatus[] = [];
  for (const index of await listIndexes(database, name === undefined ? [] : [name]))
    found.push(await statusOf(database, index));
  if (name === undefined)
    for (const front of await listFronts(database)) found.push(await frontStatus(database, front));
  return found;
}

/** Counts the shards of a front, all at once. One that cannot be asked is a problem. */
function frontStatus(database: Database, front: FrontRecord): Promise<IndexStatus> {
  return withShards(database, front, (shards) => liveStatus(front.name, shards, front.fingerprint));
}

/** {@link frontStatus} of shards that are open. One that does not answer before a deadline is a problem, too. */
export async function liveStatus(
  name: string,
  shards: readonly Shard[],
  fingerprint: Fingerprint,
  deadlineMs?: number,
): Promise<IndexStatus> {
  const look = async (database: Database, record: IndexRecord) => ({
    status: await statusOf(database, record),
    difference: firstDifference(await fingerprintOf(database, record), fingerprint),
  });
  const outcomes = await onEachShard(shards, look, deadlineMs);
  return sumUp(name, fingerprint, outcomes);
}

function sumUp(
  name: string,
  fingerprint: Fingerprint,
  outcomes: readonly Outcome<{ status: IndexStatus; difference: string | undefined }>[],
): IndexStatus {
  const shards = outcomes.map((each): ShardStatus => ({
    shard: each.shard,
    status: each.error ? null : each.value.status,
    error: each.error?.message ?? null,
  }));
  const there = shards.flatMap(({ status }) => status ?? []);
  const sum = (count: (status: IndexStatus) => number) => there.reduce((all, each) => all + count(each), 0);
  const oldest = there.flatMap(({ oldestSeconds }) => oldestSeconds ?? []);
  const states = new Set(there.map(({ vectorIndex }) => vectorIndex));
  return {
    index: name,
    table: [...new Set(there.map(({ table }) => table))].join(", "),
    sourceExists: there.every(({ sourceExists }) => sourceExists),
    template: fingerprint.template,
    model: fingerprint.model,
    column: there[0]?.column ?? null,
    halfvec: there.length > 0 && there.every(({ halfvec }) => halfvec),
    entries: sum(({ entries }) => entries),
    indexed: sum(({ indexed }) => indexed),
    empty: sum(({ empty }) => empty),
    truncated: sum(({ truncated }) => truncated),
    pending: sum(({ pending }) => pending),
    leased: sum(({ leased }) => leased),
    failed: sum(({ failed }) => failed),
    oldestSeconds: oldest.length === 0 ? null : Math.max(...oldest),
    lastError: there.find(({ lastError }) => lastError !== null)?.lastError ?? null,
    vectorIndex: states.has("invalid") ? "invalid" : states.has("missing") || there.length === 0 ? "missing" : "valid",
    calibration: there[0]?.calibration ?? null,
    staleThresholds: there.find(({ staleThresholds }) => staleThresholds !== null)?.staleThresholds ?? null,
    problems: outcomes.flatMap((each) => {
      if (each.error) return [`shard ${each.shard}: ${each.error.message}`];
      const { status, difference } = each.value;
      const problems = difference === undefined ? status.problems : [difference, ...status.problems];
      return problems.map((problem) => `shard ${each.shard}: ${problem}`);
    }),
    shards,
  };
}
