import type { Database, Queryable } from "../database.ts";
import { fold } from "./fold.ts";
import type { IndexRecord, Key } from "../index-record.ts";
import { changeTable, firstKey, keyId } from "../statement/key.ts";
import { statement } from "../statement/statement.ts";

/** A key with the version that must still stand when its result is written. */
export interface QueuedKey {
  readonly key: Key;
  readonly version: string;
}

/** A key that a worker has leased. */
export interface Claim extends QueuedKey {
  /** Failed attempts so far. */
  readonly attempts: number;
}

/** A key that could not be embedded. */
export interface Failure extends QueuedKey {
  readonly error: string;
}

/** Settings of {@link fail}. */
export interface FailOptions {
  /** Failed attempts after which the key is given up; default 5. */
  maxAttempts?: number;
  /** The first pause; it doubles with each attempt; default 1,000. */
  backoffMs?: number;
  /** The longest pause; default 300,000. */
  maxBackoffMs?: number;
}

/**
 * Leases up to `limit` due keys, oldest first; no other worker gets them before `leaseMs` have passed. Empty: nothing
 * is due.
 */
export async function claim(
  database: Database,
  index: IndexRecord,
  options: { limit: number; leaseMs: number },
): Promise<Claim[]> {
  for (;;) {
    const isMore = await fold(database, index);
    const claims = await database.query<Claim>(statement("capture/claim"), [index.id, options.limit, options.leaseMs]);
    if (claims.length > 0 || !isMore) return claims;
  }
}

/**
 * Takes those of these keys from the queue whose version still stands. Run it in the transaction that writes their
 * entries.
 */
export async function acknowledge(
  tx: Queryable,
  index: IndexRecord,
  keys: readonly QueuedKey[],
): Promise<Set<QueuedKey>> {
  const rows = await tx.query<{ version: string }>(statement("capture/acknowledge"), [
    index.id,
    ...queueParameters(keys),
  ]);
  const byVersion = new Map(keys.map((key) => [key.version, key]));
  return new Set(rows.map(({ version }) => byVersion.get(version)!));
}

/** Gives leased keys back at once, for a worker that stops. */
export async function release(database: Queryable, index: IndexRecord, claims: readonly QueuedKey[]): Promise<void> {
  await database.query(statement("capture/release"), [index.id, ...queueParameters(claims)]);
}

/**
 * Releases the claims of all workers. For a database that no other process can have open: its former workers are gone.
 */
export async function releaseAll(database: Queryable, index: IndexRecord): Promise<void> {
  await database.query(statement("capture/release-all"), [index.id]);
}

/** A key that was given up. */
export interface FailedKey {
  readonly key: Key;
  readonly attempts: number;
  readonly queuedAt: Date;
  readonly failedAt: Date;
  /** What its last attempt said. */
  readonly error: string;
}

/** The failed keys, the latest first. */
export function listFailed(database: Queryable, index: IndexRecord, limit: number): Promise<FailedKey[]> {
  return database.query<FailedKey>(statement("capture/list-failed"), [index.id, limit]);
}

/** Queues failed keys again, with a new series of attempts; returns how many. */
export async function retryFailed(database: Queryable, index: IndexRecord): Promise<number> {
  const [row] = await database.query<{ retried: number }>(statement("capture/retry-failed"), [index.id]);
  return row?.retried ?? 0;
}

/** Queues keys as if their rows had changed. */
export async function enqueueKeys(database: Queryable, index: IndexRecord, keys: readonly Key[]): Promise<void> {
  if (keys.length === 0) return;
  await database.query(statement("capture/enqueue-keys"), [index.id, keys.map(keyId)]);
}

/** The channel on which triggers announce, by the name of its index, that something was queued. */
export const QUEUE_CHANNEL = "ltd_queue";

/** Wakes the waiting workers. */
export async function notifyQueue(database: Queryable, index: IndexRecord): Promise<void> {
  await notify(database, QUEUE_CHANNEL, index.name);
}

/** Notifies the listeners of a channel. */
export async function notify(database: Queryable, channel: string, payload: string): Promise<void> {
  await database.query(statement("capture/notify"), [channel, payload]);
}

/**
 * Counts a failed attempt. The key is due again after a pause that doubles, or `failed` after the last attempt.
 *
 * Keys that have changed since their claim are left alone. Returns how many will be retried and how many are given up.
 */
export async function fail(
  database: Database,
  index: IndexRecord,
  failures: readonly Failure[],
  options: FailOptions = {},
): Promise<{ retried: number; failed: number }> {
  await fold(database, index);
  // Postgres cannot hold U+0000 in a text
  const errors = failures.map((failure) => failure.error.replaceAll("\0", "\ufffd").slice(0, 2_000));
  const rows = await database.query<{ failed: boolean }>(statement("capture/fail"), [
    index.id,
    ...queueParameters(failures),
    errors,
    options.maxAttempts ?? 5,
    options.backoffMs ?? 1_000,
    options.maxBackoffMs ?? 300_000,
  ]);
  const failed = rows.filter((row) => row.failed).length;
  return { retried: rows.length - failed, failed };
}

/** Milliseconds until the next key is due (0: now); null when none waits. A leased key is due when its lease ends. */
export async function nextDue(database: Queryable, index: IndexRecord): Promise<number | null> {
  const [row] = await database.query<{ dueMs: number | null }>(
    statement("capture/next-due", { change: changeTable(index), first_key: firstKey(index) }),
    [index.id],
  );
  return row?.dueMs == null ? null : Math.max(0, Math.ceil(row.dueMs));
}

function queueParameters(keys: readonly QueuedKey[]): [keys: string[], versions: string[]] {
  return [keys.map(({ key }) => keyId(key)), keys.map(({ version }) => version)];
}
