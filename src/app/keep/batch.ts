import type { Alias } from "../../db/ask/alias.ts";
import type { Database } from "../../db/database.ts";
import { readHashes } from "../../db/entries/entry.ts";
import { isDataError } from "../../db/failure.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import { keyId } from "../../db/statement/key.ts";
import { fail, release, type Claim, type FailOptions, type Failure, type QueuedKey } from "../../db/capture/queue.ts";
import { readSource } from "../../db/source/source-row.ts";
import { writeBatch } from "../../db/entries/write-batch.ts";
import type { Embedder } from "../../embed/embedder.ts";
import { LtdError } from "../../errors.ts";
import { contentHash } from "../content-hash.ts";
import { groupByLength } from "./group-by-length.ts";
import { renderTemplate, type Template } from "../template.ts";
import { encodeWordings, readQuestions } from "../wordings.ts";
import { embedRows, type RowToEmbed } from "./embed-rows.ts";

/** How many rows went which way. */
export interface Counts {
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
  /** Rows that changed again during the batch, or that another worker held; a later batch does them. */
  superseded: number;
  /** Failed attempts. */
  errors: number;
}

/** Counts of nothing. */
export function noCounts(): Counts {
  return { embedded: 0, empty: 0, truncated: 0, unchanged: 0, deleted: 0, superseded: 0, errors: 0 };
}

/** Adds `more` to `counts`. */
export function addCounts(counts: Counts, more: Counts): void {
  for (const name of Object.keys(more) as (keyof Counts)[]) counts[name] += more[name];
}

/** Settings of a worker. */
export interface WorkOptions extends FailOptions {
  /** Rows that are read, embedded and written together, 1 to 10,000. Default 1,024. */
  batchRows?: number;
  /**
   * A worker that takes longer over a batch than this is taken for dead, and its rows go to another. Default 60,000.
   */
  leaseMs?: number;
  /** Finishes the batch under way, gives the others back, then stops. */
  signal?: AbortSignal;
}

/** All that the rows of one index are embedded with. */
export interface Work {
  readonly database: Database;
  readonly index: IndexRecord;
  readonly embedder: Embedder;
  readonly template: Template;
  readonly options: WorkOptions;
}

interface Prepared {
  rows: RowToEmbed[];
  deletions: QueuedKey[];
  unchanged: QueuedKey[];
  failures: Failure[];
}

/** A claimed row as it was read. */
interface ReadRow {
  readonly claim: Claim;
  /** Undefined: the row is gone, or does not pass the filter. */
  readonly text: string | undefined;
  /** Whether another claim is of the same row, under a key that is equal and another text (1.0 and 1.00). */
  readonly isTwin: boolean;
  /** Its aliases and negative questions. */
  readonly questions: readonly Alias[];
  /** Of its entry; undefined if it has none. */
  readonly hashBefore: Uint8Array | undefined;
}

/**
 * Reads, embeds and writes claimed rows. A bad row is tried apart, and its failure counted against it alone. An error
 * that is not the rows' fault is thrown, and an abort while they are embedded: they keep their attempts.
 */
export async function processClaims(work: Work, claims: readonly Claim[], signal: AbortSignal): Promise<Counts> {
  const counts = noCounts();
  const { rows: read, failures } = await readApart(work, claims);
  const running: Promise<Failure[]>[] = [];
  try {
    for (const group of groupByLength(read, ({ text }) => text?.length ?? 0)) {
      // one is written, one embedded, and the next one prepared
      if (running.length > 1) failures.push(...(await running.at(-2)!));
      const done = writeApart(work, prepare(work, group), counts, signal);
      done.catch(() => {}); // awaited, and so reported, by a later turn
      running.push(done);
    }
    for (const done of running.slice(-2)) failures.push(...(await done));
  } finally {
    await Promise.allSettled(running);
  }
  if (failures.length > 0) await fail(work.database, work.index, failures, work.options);
  counts.errors += failures.length;
  return counts;
}

/** Embeds and writes rows that are prepared; returns those that failed. */
async function writeApart(work: Work, prepared: Prepared, counts: Counts, signal: AbortSignal): Promise<Failure[]> {
  const { rows, deletions, unchanged, failures } = prepared;
  try {
    await write(work, rows, { deletions, unchanged }, counts, signal);
  } catch (cause) {
    if (!isRowsFault(cause)) throw cause;
    await write(work, [], { deletions, unchanged }, counts, signal);
    for (const row of rows) {
      try {
        await write(work, [row], {}, counts, signal);
      } catch (error) {
        if (!isRowsFault(error)) throw error;
        failures.push(failureOf(row.claim, error));
      }
    }
  }
  return failures;
}

/**
 * Reads claimed rows. One that cannot be read (its filter divides by zero, its key is too large) fails alone: halves
 * are read apart.
 */
async function readApart(work: Work, claims: readonly Claim[]): Promise<{ rows: ReadRow[]; failures: Failure[] }> {
  try {
    return { rows: await readRows(work, claims), failures: [] };
  } catch (error) {
    const [claim] = claims;
    if (!isRowsFault(error) || claim === undefined) throw error;
    if (claims.length === 1) return { rows: [], failures: [failureOf(claim, await filterError(work, claim, error))] };
    const half = Math.ceil(claims.length / 2);
    const [one, other] = [await readApart(work, claims.slice(0, half)), await readApart(work, claims.slice(half))];
    return { rows: [...one.rows, ...other.rows], failures: [...one.failures, ...other.failures] };
  }
}

async function readRows({ database, index, template }: Work, claims: readonly Claim[]): Promise<ReadRow[]> {
  const keys = claims.map((each) => each.key);
  const [found, hashes, questions] = await Promise.all([
    readSource(database, index, keys, "all"),
    readHashes(database, index, keys),
    readQuestions(database, index, keys),
  ]);
  const rows = new Map(found.map((row) => [keyId(row.key), row]));
  const seen = new Set<string>();
  return claims.map((claim) => {
    const id = keyId(claim.key);
    const row = rows.get(id);
    const rowId = row && keyId(row.rowKey);
    const isTwin = rowId !== undefined && seen.has(rowId);
    if (rowId !== undefined) seen.add(rowId);
    return {
      claim,
      text: row && renderTemplate(template, row.values),
      isTwin,
      questions: questions.get(id) ?? [],
      hashBefore: hashes.get(id),
    };
  });
}

/** Names the filter, where a row can be read without it. */
async function filterError({ database, index }: Work, { key }: Claim, error: unknown): Promise<unknown> {
  if (index.filter === null) return error;
  try {
    await readSource(database, { ...index, filter: null }, [key]);
  } catch {
    return error;
  }
  return new Error(`the condition ${index.filter} fails for this row: ${(error as Error).message}`);
}

/** Sorts rows: gone, unchanged, or to be embedded. */
function prepare({ embedder }: Work, read: readonly ReadRow[]): Prepared {
  const prepared: Prepared = { rows: [], deletions: [], unchanged: [], failures: [] };
  for (const { claim, text, isTwin, questions, hashBefore } of read) {
    if (isTwin) {
      prepared.unchanged.push(claim);
      continue;
    }
    if (text === undefined) {
      prepared.deletions.push(claim);
      continue;
    }
    try {
      const hash = contentHash(embedder, text, questions);
      const isUnchanged = hashBefore !== undefined && Buffer.compare(hashBefore, hash) === 0;
      if (isUnchanged) prepared.unchanged.push(claim);
      else {
        const wordings = encodeWordings(embedder, text, questions);
        prepared.rows.push({ claim, hash, wordings, replaces: hashBefore !== undefined });
      }
    } catch (error) {
      if (!isRowsFault(error)) throw error;
      prepared.failures.push(failureOf(claim, error));
    }
  }
  return prepared;
}

async function write(
  { database, index, embedder }: Work,
  rows: readonly RowToEmbed[],
  acknowledged: { deletions?: QueuedKey[]; unchanged?: QueuedKey[] },
  counts: Counts,
  signal: AbortSignal,
): Promise<void> {
  const entries = await embedRows(embedder, rows, signal);
  const result = await writeBatch(database, index, { entries, ...acknowledged });
  counts.embedded += result.written - result.empty;
  counts.empty += result.empty;
  counts.truncated += result.truncated;
  counts.deleted += result.deleted;
  counts.unchanged += result.unchanged;
  counts.superseded += result.superseded;
  // Another worker's claim may have tried them at that moment: release them at once, not when the lease ends.
  if (result.superseded > 0) {
    const { deletions = [], unchanged = [] } = acknowledged;
    await release(database, index, [...entries, ...deletions, ...unchanged]);
  }
}

/** Whether an error comes from the content of the rows, not from the model, server or connection. */
function isRowsFault(error: unknown): boolean {
  if (error instanceof LtdError) return error.code === "database" && isDataError(error);
  return !(error instanceof Error && error.name === "AbortError");
}

function failureOf({ key, version }: Claim, error: unknown): Failure {
  return { key, version, error: error instanceof Error ? error.message : String(error) };
}
