import { setTimeout } from "node:timers/promises";
import type { Database } from "../../db/database.ts";
import { enqueueAll } from "../../db/capture/enqueue.ts";
import { lookAtSource } from "../../db/capture/look.ts";
import { entryStatus } from "../../db/entries/entry-status.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import { queueStatus } from "../../db/capture/queue-status.ts";
import { nextDue, releaseAll } from "../../db/capture/queue.ts";
import { indexPrivileges } from "../../db/schema/server-settings.ts";
import { requireUnchanged } from "../../db/source/source-error.ts";
import {
  buildVectorIndex,
  dropVectorIndex,
  vectorIndexState,
  type BuildSettings,
} from "../../db/entries/vector-index.ts";
import { buildWordsIndex, dropWordsIndex, hasWordsIndex } from "../../db/entries/words-index.ts";
import { sqlState } from "../../db/failure.ts";
import { tendQuestions } from "../../db/loop/question-log.ts";
import type { Embedder } from "../../embed/embedder.ts";
import { problemsOf } from "../capture-problems.ts";
import { mendCapture } from "./mend-capture.ts";
import { addCounts, noCounts, type Counts, type WorkOptions } from "./batch.ts";
import { selfCalibrate, type SelfCalibration } from "../judge/self-calibrate.ts";
import { refreshClassifiers } from "../judge/refresh-classifiers.ts";
import { drain } from "./drain.ts";
import { readBehind } from "../behind.ts";
import { parseTemplate } from "../template.ts";

/** Looks at the queue this often while others hold what is left in it, or a failed row pauses. */
const POLL_MS = 1_000;

/** Rows from which a load that is larger than the index rebuilds the HNSW index afterwards. */
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
  /** What the server gives the build of the HNSW index; in the phase `build` only. */
  build?: BuildSettings;
}

/** Settings of {@link sync}. */
export interface SyncOptions extends WorkOptions {
  /**
   * After the first load, check the model's thresholds once. The questions used have no answer: see `selfCalibrate`.
   * Default false; the verb does.
   */
  calibrate?: boolean;
  onProgress?: (progress: SyncProgress) => void;
}

/** What {@link sync} did to one index. */
export interface SyncResult extends Counts {
  index: string;
  /** Rows that got a class, one for each classifier of the index. */
  classified: number;
  /** Rows given up after too many attempts, of this run and earlier ones. */
  failed: number;
  /** Rows still queued: waiting for a retry, or held by another worker. */
  pending: number;
  /** Whether the HNSW index was built now. */
  builtVectorIndex: boolean;
  /** What was calibrated without labels; null where it was not. */
  calibrated: SelfCalibration | null;
  /** The error of Postgres that ended the check of the thresholds: a time limit of the role. Null where none did. */
  uncalibrated: string | null;
  /** Why changes of the table are not seen, one sentence each; empty where all is well. */
  problems: readonly string[];
  /** Whether a signal stopped it before the queue was empty. */
  stopped: boolean;
  seconds: number;
}

/**
 * Embeds the queue of an index until it is empty, then builds the HNSW index if there is none. Waits for what other
 * workers hold and for the retries of rows that failed, until they are done, given up, or free again.
 * @param embedder or what opens it, which is called when there is something to embed; the caller closes it
 */
export async function sync(
  database: Database,
  index: IndexRecord,
  embedder: Embedder | (() => Promise<Embedder>),
  options: SyncOptions = {},
): Promise<SyncResult> {
  const { onProgress, signal, calibrate = false, ...workOptions } = options;
  const started = performance.now();
  const template = parseTemplate(index.template);
  if (database.kind === "embedded") await releaseAll(database, index);
  let done = 0;
  const total = await beginLoad(database, index);
  const report = (phase: SyncProgress["phase"], build?: BuildSettings) => {
    const rate = done / Math.max((performance.now() - started) / 1000, 1e-3);
    onProgress?.({ index: index.name, phase, done, total: Math.max(total, done), rate, ...(build && { build }) });
  };

  const counts = noCounts();
  for (;;) {
    const due = signal?.aborted ? null : await nextDue(database, index);
    if (due === null) break;
    const before = done;
    if (due === 0) {
      const opened = typeof embedder === "function" ? await embedder() : embedder;
      const work = { database, index, embedder: opened, template, options: workOptions };
      const more = await drain(work, signal, (rows) => {
        done += rows;
        report("embed");
      });
      addCounts(counts, more);
    }
    if (done > before) continue;
    report("wait");
    await pause(Math.min(Math.max(due, 50), POLL_MS), signal);
  }
  const stopped = signal?.aborted ?? false;
  const builtVectorIndex = !stopped && (await finishLoad(database, index, (settings) => report("build", settings)));
  const open = async () => (typeof embedder === "function" ? embedder() : embedder);
  const classified = stopped ? 0 : await refreshClassifiers(database, index, open);
  const checked =
    calibrate && builtVectorIndex ? await checkThresholds(database, index, await open(), signal) : unchecked;
  if (!stopped) await tendQuestions(database);
  const { pending, failed } = await readBehind(database, index);
  return {
    index: index.name,
    ...counts,
    classified,
    failed,
    pending,
    builtVectorIndex,
    ...checked,
    problems: await problemsOf(database, index),
    stopped,
    seconds: (performance.now() - started) / 1000,
  };
}

const unchecked = { calibrated: null, uncalibrated: null };

/** Runs {@link selfCalibrate}. Not an error where a time limit of the role ends a question: the rows are embedded. */
async function checkThresholds(
  database: Database,
  index: IndexRecord,
  embedder: Embedder,
  signal?: AbortSignal,
): Promise<Pick<SyncResult, "calibrated" | "uncalibrated">> {
  try {
    return { ...unchecked, calibrated: await selfCalibrate(database, index, embedder, signal) };
  } catch (error) {
    if (signal?.aborted || !/^(57014|25P0[34])$/.test(sqlState(error) ?? "")) throw error;
    return { ...unchecked, uncalibrated: (error as Error).message };
  }
}

/**
 * Queues rows that `add` did not reach or no trigger saw, and prepares a large load. If more rows are waiting than are
 * indexed (and the role may), drops both indexes of the entries first: building the graph in bulk is several times
 * faster than inserting. Returns the rows that wait.
 * @param lookEveryMs a source without triggers is not polled if it was within this time
 */
export async function beginLoad(database: Database, given: IndexRecord, lookEveryMs = 0): Promise<number> {
  requireUnchanged(given);
  const index = await mendCapture(database, given);
  if (index.enqueuedAt === null) await enqueueAll(database, index);
  else await lookAtSource(database, index, lookEveryMs);
  const { pending } = await queueStatus(database, index);
  if (pending >= LOAD_ROWS && pending > (await entryStatus(database, index)).indexed) {
    if ((await indexPrivileges(database, index)).mayBuild) {
      await dropVectorIndex(database, index);
      await dropWordsIndex(database, index);
    }
  }
  return pending;
}

/**
 * Builds the HNSW index and that of the words once nothing is queued, where the role may. Whether the first was built
 * now.
 */
export async function finishLoad(
  database: Database,
  index: IndexRecord,
  onBuild?: (settings: BuildSettings) => void,
): Promise<boolean> {
  // vectors that go into a column of the table get their index there
  const isElsewhere = index.vectorColumn !== null && index.state !== "live";
  const isBuilt = isElsewhere || (await vectorIndexState(database, index)) === "valid";
  const hasWords = await hasWordsIndex(database, index);
  if ((isBuilt && hasWords) || (await nextDue(database, index)) !== null) return false;
  if (!(await indexPrivileges(database, index)).mayBuild) return false;
  if (!hasWords) await buildWordsIndex(database, index);
  return !isBuilt && buildVectorIndex(database, index, onBuild);
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  // An abort ends the pause early; the loop checks for it.
  await setTimeout(ms, undefined, signal && { signal }).catch(() => {});
}
