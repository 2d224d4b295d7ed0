import type { Database } from "../../db/database.ts";
import { forgetHashes } from "../../db/entries/entry.ts";
import type { IndexRecord, Key } from "../../db/index-record.ts";
import { indexPrivileges } from "../../db/schema/server-settings.ts";
import { queueStatus } from "../../db/capture/queue-status.ts";
import { enqueueKeys, notifyQueue } from "../../db/capture/queue.ts";
import { captureProblems } from "../../db/capture/capture-problems.ts";
import { remakeCapture } from "../../db/capture/triggers.ts";
import { buildVectorIndex, vectorIndexState } from "../../db/entries/vector-index.ts";
import { buildWordsIndex, hasWordsIndex } from "../../db/entries/words-index.ts";
import { requireUnchanged } from "../../db/source/source-error.ts";
import { limitLockWait } from "../../db/statement/lock-wait.ts";
import type { Embedder } from "../../embed/embedder.ts";
import { problemsOf } from "../capture-problems.ts";
import { loopProblems } from "../loop/loop-problems.ts";
import { compareAll, nothingCompared, type Finding } from "./compare-rows.ts";

/** What {@link verify} found. */
export interface VerifyResult {
  index: string;
  /** Keys that were compared: those of the table and of the entries that are not queued. */
  compared: number;
  missing: number;
  orphan: number;
  stale: number;
  wrongModel: number;
  wrongDimension: number;
  /** The first hundred of them. */
  examples: Finding[];
  /** One sentence for each problem: missing triggers, an unusable vector index, an untended question log. */
  problems: string[];
  /** Whether nothing was wrong. */
  ok: boolean;
  /** Keys that were queued; triggers and the vector index were recreated, too. Null without `repair`. */
  queued: number | null;
  seconds: number;
}

/** Settings of {@link verify}. */
export interface VerifyOptions {
  /** Queues exactly the wrong keys for the next `sync`, and recreates triggers and the vector index. */
  repair?: boolean;
  /** Called now and then with the keys compared so far. */
  onProgress?: (compared: number) => void;
  signal?: AbortSignal;
}

/**
 * Compares an index with its table in one consistent snapshot: every key that is not queued. Reads both to the end,
 * some thousand rows in memory; a million rows take about half a minute. Writers and workers are not held up.
 *
 * @throws LtdError "source" when the table or a column is gone
 * @example
 * const database = await openDatabase();
 * const index = await getIndex(database, "faq");
 * const embedder = await createEmbedder();
 * const { ok, problems } = await verify(database, index, embedder);
 */
export async function verify(
  database: Database,
  index: IndexRecord,
  embedder: Embedder,
  options: VerifyOptions = {},
): Promise<VerifyResult> {
  const { repair = false } = options;
  const started = performance.now();
  let queued = 0;

  requireUnchanged(index);
  // First the triggers: whatever is written from then on is queued, and what was written before is seen below.
  const problems = [...(await problemsOf(database, index)), ...(await loopProblems(database, index.name))];
  const isRepaired = repair && (await repairCapture(database, index));

  const enqueue = async (findings: readonly Finding[]): Promise<void> => {
    queued += findings.length;
    // their hash is right: the next sync would take them for unchanged
    const unlike = findings.filter(({ fault }) => fault === "wrongDimension");
    await forgetHashes(database, index, keysOf(unlike));
    await enqueueKeys(database, index, keysOf(findings));
  };
  // without a log nothing can be said of the rows
  const hasLog =
    isRepaired || !problems.some((problem) => problem.startsWith("the log") && problem.endsWith("missing"));
  const { counts, examples, compared, wrong } = hasLog
    ? await compareAll(database, index, embedder, {
        ...options,
        // the embedded database has one connection, which is busy here: it waits until the end
        ...(repair && database.kind === "server" && { onWrong: enqueue }),
      })
    : nothingCompared();
  await enqueue(wrong);
  if (queued > 0) await notifyQueue(database, index);

  problems.push(...(await checkIndexes(database, index, { repair, queued })));
  const found = Object.values(counts).reduce((sum, each) => sum + each, 0);
  return {
    index: index.name,
    compared,
    ...counts,
    examples,
    problems,
    ok: found === 0 && problems.length === 0,
    queued: repair ? queued : null,
    seconds: (performance.now() - started) / 1000,
  };
}

/** The vector index and that of the words: what is wrong with them, which `repair` mends. */
async function checkIndexes(
  database: Database,
  index: IndexRecord,
  { repair, queued }: { repair: boolean; queued: number },
): Promise<string[]> {
  const problems: string[] = [];
  const vectorIndex = await vectorIndexState(database, index);
  const { pending, leased } = await queueStatus(database, index);
  // it is missing while a load is under way: that is no fault
  if (vectorIndex === "invalid" || (vectorIndex === "missing" && pending + leased === queued)) {
    problems.push(`the vector index is ${vectorIndex}`);
    if (repair) await buildVectorIndex(database, index);
  }
  if (vectorIndex !== "missing" && !(await hasWordsIndex(database, index))) {
    problems.push("the index of the words is missing");
    if (repair) await buildWordsIndex(database, index);
  }
  return problems;
}

/**
 * Makes triggers and log again, where the role may. What it may not repair is told, and the rows are repaired all the
 * same.
 */
async function repairCapture(database: Database, index: IndexRecord): Promise<boolean> {
  if ((await captureProblems(database, index)).length === 0) return true;
  const { ownsSource, mayBuild } = await indexPrivileges(database, index);
  if (!ownsSource || !mayBuild) return false;
  await database.transaction(async (tx) => {
    await limitLockWait(tx);
    await remakeCapture(tx, index);
  });
  return true;
}

function keysOf(findings: readonly Finding[]): Key[] {
  return findings.map(({ key }) => key);
}
