import { createHash } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import type { Database } from "../db/database.ts";
import { enqueueAll } from "../db/enqueue.ts";
import { entryStatus, readHashes } from "../db/entry.ts";
import type { IndexRecord } from "../db/index-record.ts";
import { keyId } from "../db/key.ts";
import {
  claim,
  fail,
  nextDue,
  queueStatus,
  release,
  releaseAll,
  retryFailed,
  type Claim,
  type QueuedKey,
} from "../db/queue.ts";
import { requireSource } from "../db/source-error.ts";
import { readSource } from "../db/source-row.ts";
import { buildVectorIndex, dropVectorIndex, vectorIndexState } from "../db/vector-index.ts";
import { writeBatch, type Entry } from "../db/write-batch.ts";
import type { Embedder } from "../embed/embedder.ts";
import { LtdError } from "../errors.ts";
import type { StudentInput } from "../text/encode.ts";
import { parseTemplate, renderTemplate, type Template } from "./template.ts";

/** Rows that are read, embedded and written together. */
const BATCH_ROWS = 512;
/** A worker that takes longer over a batch than this is taken for dead, and its rows go to another. */
const LEASE_MS = 60_000;
/** Looks at the queue this often while others hold what is left in it, or a failed row pauses. */
const POLL_MS = 1_000;

/** From so many rows on, and if they are more than those indexed, the HNSW index is built anew behind the load. */
const LOAD_ROWS = 2_000;

/** How far a sync is. */
export interface SyncProgress {
  index: string;
  /** `wait`: what is left is held by another worker, or pauses after a failed attempt. */
  phase: "embed" | "wait" | "build";
  /** Rows taken from the queue so far. */
  done: number;
  /** Rows done and rows that waited when it was last counted. */
  total: number;
  /** Rows per second since the start. */
  rate: number;
}

/** Settings of {@link sync}. */
export interface SyncOptions {
  onProgress?: (progress: SyncProgress) => void;
  /** Gives rows that were given up another series of attempts. */
  retryFailed?: boolean;
  /** Finishes the batch under way, then stops. */
  signal?: AbortSignal;
}

/** What {@link sync} did to one index. */
export interface SyncResult {
  index: string;
  /** Rows embedded and written. */
  embedded: number;
  /** Rows whose text has no letter or digit: kept without a vector. */
  empty: number;
  /** Rows longer than the model reads; their beginning was embedded. */
  truncated: number;
  /** Rows whose text was the same as before. */
  unchanged: number;
  /** Entries of rows that are gone. */
  deleted: number;
  /** Rows that changed again meanwhile, or that another worker looked at; they were done in a later turn. */
  superseded: number;
  /** Failed attempts of this run. */
  errors: number;
  /** Rows given up after too many attempts, of this run and earlier ones. */
  failed: number;
  /** Rows still queued: waiting for a retry, or held by another worker. */
  pending: number;
  /** Whether the HNSW index was built now. */
  builtVectorIndex: boolean;
  /** Whether a signal stopped it before the queue was empty. */
  stopped: boolean;
  seconds: number;
}

interface Prepared {
  claims: Claim[];
  rows: { claim: Claim; hash: Uint8Array; input: StudentInput | undefined }[];
  deletions: QueuedKey[];
  unchanged: QueuedKey[];
}

/**
 * Embeds what an index has queued until the queue is empty, then builds the HNSW index if there is none. Waits for what other
 * workers hold and for the retries of rows that failed, until they are done, given up, or free again.
 *
 * While one batch is embedded on the worker threads, the next is read and the one before is written. It can be killed at any moment:
 * a row leaves the queue only in the transaction that writes its entry, and only if it has not changed since it was read.
 */
export async function sync(
  database: Database,
  index: IndexRecord,
  embedder: Embedder,
  options: SyncOptions = {},
): Promise<SyncResult> {
  const { onProgress, signal } = options;
  requireSource(index);
  const started = performance.now();
  const counts = { embedded: 0, empty: 0, truncated: 0, unchanged: 0, deleted: 0, superseded: 0, errors: 0 };
  const template = parseTemplate(index.template);
  if (index.enqueuedAt === null) await enqueueAll(database, index);
  if (database.kind === "embedded") await releaseAll(database, index);
  if (options.retryFailed) await retryFailed(database, index);

  const next = async () => {
    const claims = signal?.aborted ? [] : await claim(database, index, { limit: BATCH_ROWS, leaseMs: LEASE_MS });
    try {
      return await prepare(database, index, embedder, template, claims);
    } catch (error) {
      // The table or the connection is gone: what was claimed is free again at once, if it still can be told.
      await release(database, index, claims).catch(() => {});
      throw error;
    }
  };
  let done = 0;
  let total = (await queueStatus(database, index)).pending;
  // A graph takes rows one at a time, but is built of all of them several times faster.
  if (total >= LOAD_ROWS && total > (await entryStatus(database, index)).indexed)
    await dropVectorIndex(database, index);
  const report = (phase: SyncProgress["phase"]) => {
    const rate = done / Math.max((performance.now() - started) / 1000, 1e-3);
    onProgress?.({ index: index.name, phase, done, total: Math.max(total, done), rate });
  };

  for (let batch = await next(); ;) {
    if (batch.claims.length === 0) {
      const due = signal?.aborted ? null : await nextDue(database, index);
      if (due === null) break;
      report("wait");
      await pause(Math.min(Math.max(due, 50), POLL_MS), signal);
      batch = await next();
      continue;
    }
    // Failures are settled where they arise, so the batch under way is never lost to an error in the next one.
    const following = next().then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    const result = await finish(database, index, embedder, batch).catch(async (error: unknown) => {
      const claimed = await following;
      const claims = [...batch.claims, ...("value" in claimed ? claimed.value.claims : [])];
      await release(database, index, claims).catch(() => {});
      throw error;
    });
    for (const name of Object.keys(counts) as (keyof typeof counts)[]) counts[name] += result[name];
    done += batch.claims.length;
    report("embed");
    const outcome = await following;
    if ("error" in outcome) throw outcome.error;
    batch = outcome.value;
    if (batch.claims.length < BATCH_ROWS) total = done + batch.claims.length;
    if (signal?.aborted) {
      await release(database, index, batch.claims);
      break;
    }
  }

  const stopped = signal?.aborted ?? false;
  let builtVectorIndex = false;
  if (!stopped && (await nextDue(database, index)) === null) {
    if ((await vectorIndexState(database, index)) !== "valid") report("build");
    builtVectorIndex = await buildVectorIndex(database, index);
  }
  const { pending, leased, failed } = await queueStatus(database, index);
  return {
    index: index.name,
    ...counts,
    failed,
    pending: pending + leased,
    builtVectorIndex,
    stopped,
    seconds: (performance.now() - started) / 1000,
  };
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  // An abort ends the pause early and is looked at by the loop.
  await setTimeout(ms, undefined, signal && { signal }).catch(() => {});
}

/** Reads the claimed rows and sorts them: gone, unchanged, or to be embedded. */
async function prepare(
  database: Database,
  index: IndexRecord,
  embedder: Embedder,
  template: Template,
  claims: Claim[],
): Promise<Prepared> {
  const prepared: Prepared = { claims, rows: [], deletions: [], unchanged: [] };
  if (claims.length === 0) return prepared;
  const keys = claims.map((each) => each.key);
  const [found, hashes] = await Promise.all([readSource(database, index, keys), readHashes(database, index, keys)]);
  const byName = (row: readonly (string | null)[]) =>
    Object.fromEntries(index.columns.map((name, at) => [name, row[at]]));
  const values = new Map(found.map((row) => [keyId(row.key), byName(row.values)]));
  for (const each of claims) {
    const id = keyId(each.key);
    const row = values.get(id);
    if (row === undefined) {
      prepared.deletions.push(each);
      continue;
    }
    const text = renderTemplate(template, row);
    const hash = contentHash(embedder.model.fingerprint, text);
    const before = hashes.get(id);
    if (before !== undefined && Buffer.compare(before, hash) === 0) prepared.unchanged.push(each);
    else prepared.rows.push({ claim: each, hash, input: embedder.encode(text) });
  }
  return prepared;
}

/** Embeds and writes a batch; if that fails for the batch, row by row, so that one bad row does not stop the others. */
async function finish(database: Database, index: IndexRecord, embedder: Embedder, batch: Prepared) {
  const { deletions, unchanged } = batch;
  const counts = { embedded: 0, empty: 0, truncated: 0, unchanged: 0, deleted: 0, superseded: 0, errors: 0 };
  const write = async (rows: Prepared["rows"], acknowledged: { deletions: QueuedKey[]; unchanged: QueuedKey[] }) => {
    const matrix = await embedder.embedInputs(rows.map((row) => row.input));
    const entries = rows.map(({ claim: { key, version }, hash, input }, row): Entry => ({
      key,
      version,
      contentHash: hash,
      embedding: input === undefined ? null : matrix.data.subarray(row * matrix.dims, (row + 1) * matrix.dims),
      truncated: input?.truncated ?? false,
      words: input?.words ?? [],
    }));
    const result = await writeBatch(database, index, { entries, ...acknowledged });
    counts.embedded += result.written - result.empty;
    counts.empty += result.empty;
    counts.truncated += result.truncated;
    counts.deleted += result.deleted;
    counts.unchanged += result.unchanged;
    counts.superseded += result.superseded;
    // Another worker's claim may have looked at them in that moment: free at once, not when the lease ends.
    if (result.superseded > 0) await release(database, index, batch.claims);
  };
  try {
    await write(batch.rows, { deletions, unchanged });
  } catch (cause) {
    // A model that does not run is not the rows' fault: they keep their attempts.
    if (batch.rows.length === 0 || (cause instanceof LtdError && cause.code === "model")) throw cause;
    await write([], { deletions, unchanged });
    for (const row of batch.rows) {
      try {
        await write([row], { deletions: [], unchanged: [] });
      } catch (error) {
        const { key, version } = row.claim;
        await fail(database, index, [{ key, version, error: String(error) }]);
        counts.errors++;
      }
    }
  }
  return counts;
}

/** 16 bytes of SHA-256 over everything a vector depends on. */
function contentHash(model: string, text: string): Uint8Array {
  return createHash("sha256").update(model).update("\0").update(text).digest().subarray(0, 16);
}
