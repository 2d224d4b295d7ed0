import { compareWithSource, type ComparedRow } from "../../db/entries/comparison.ts";
import { inSnapshot } from "../../db/connect/snapshot.ts";
import type { Database, Queryable } from "../../db/database.ts";
import { forgetHashes } from "../../db/entries/entry.ts";
import type { Alias } from "../../db/ask/alias.ts";
import type { IndexRecord, Key } from "../../db/index-record.ts";
import { withFilter } from "../../db/source/filter.ts";
import { indexPrivileges } from "../../db/schema/server-settings.ts";
import { keyId } from "../../db/statement/key.ts";
import { listModels } from "../../db/schema/model.ts";
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
import { hasMeaning, normalize } from "../../text/normalize.ts";
import { contentHash, hashOfText } from "../content-hash.ts";
import { parseTemplate, renderTemplate } from "../template.ts";
import { readQuestions } from "../wordings.ts";

/** What can be wrong with the entry of a row that is not queued. */
export type Fault =
  /** The row has no entry. */
  | "missing"
  /** The entry has no row. */
  | "orphan"
  /** The entry is of a text, of aliases or of negative questions that the row no longer has. */
  | "stale"
  /** The entry is of another model that the database knows. */
  | "wrongModel"
  /** The vector has the wrong length, is there though the text is empty, or is missing. */
  | "wrongDimension";

/** A key whose entry is wrong. */
export interface Finding {
  fault: Fault;
  key: Key;
}

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

const EXAMPLES = 100;
/** Keys that are queued together. */
const REPAIR_ROWS = 10_000;

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
  const { repair = false, onProgress, signal } = options;
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
  const judge = await judgeOf(database, index, embedder);
  // without a log nothing can be said of the rows
  const hasLog =
    isRepaired || !problems.some((problem) => problem.startsWith("the log") && problem.endsWith("missing"));
  const { counts, examples, compared, wrong } = hasLog
    ? await withFilter(index, (filtered) =>
        inSnapshot(database, (tx) =>
          compareRows(tx, filtered, judge, {
            ...(onProgress && { onProgress }),
            ...(signal && { signal }),
            repair,
            // the embedded database has one connection, which is busy here: it waits until the end
            ...(repair && database.kind === "server" && { onWrong: enqueue }),
          }),
        ),
      )
    : nothingCompared();
  await enqueue(wrong);
  if (queued > 0) await notifyQueue(database, index);

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

interface Comparison {
  readonly counts: Record<Fault, number>;
  readonly examples: Finding[];
  compared: number;
  /** To be repaired: those that `onWrong` did not take. */
  wrong: Finding[];
}

function nothingCompared(): Comparison {
  const counts = { missing: 0, orphan: 0, stale: 0, wrongModel: 0, wrongDimension: 0 };
  return { counts, examples: [], compared: 0, wrong: [] };
}

/** Compares all rows of one snapshot; `onWrong` takes what was found some thousand at a time. */
async function compareRows(
  tx: Queryable,
  index: IndexRecord,
  judge: Judge,
  options: VerifyOptions & { onWrong?: (findings: Finding[]) => Promise<void> },
): Promise<Comparison> {
  const { repair = false, onProgress, signal, onWrong } = options;
  const found = nothingCompared();
  for await (const rows of compareWithSource(tx, index)) {
    signal?.throwIfAborted();
    for (const finding of await judge(tx, rows)) {
      found.counts[finding.fault]++;
      if (found.examples.length < EXAMPLES) found.examples.push(finding);
      if (repair) found.wrong.push(finding);
    }
    found.compared += rows.length;
    onProgress?.(found.compared);
    if (onWrong && found.wrong.length >= REPAIR_ROWS) await onWrong(found.wrong.splice(0));
  }
  return found;
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

/** Finds what is wrong with rows; `tx` sees the snapshot in which they were read. */
type Judge = (tx: Queryable, rows: readonly ComparedRow[]) => Promise<Finding[]>;

async function judgeOf(database: Database, index: IndexRecord, embedder: Embedder): Promise<Judge> {
  const template = parseTemplate(index.template);
  const others = (await listModels(database)).filter(({ sha256 }) => sha256 !== embedder.model.fingerprint);
  const faultOf = (
    { inSource, inEntries, values, contentHash: hash, dims }: ComparedRow,
    questions: readonly Alias[],
  ): Fault | undefined => {
    if (!inEntries) return "missing";
    if (!inSource || values === null || hash === null) return "orphan";
    const text = renderTemplate(template, values);
    if (Buffer.compare(hash, contentHash(embedder, text, questions)) !== 0) {
      const isOther = others.some(({ sha256 }) => Buffer.compare(hash, hashOfText(sha256, text, questions)) === 0);
      return isOther ? "wrongModel" : "stale";
    }
    return dims === (hasMeaning(normalize(text)) ? index.dims : null) ? undefined : "wrongDimension";
  };
  return async (tx, rows) => {
    const questions = await readQuestions(
      tx,
      index,
      rows.map(({ key }) => key),
    );
    return rows.flatMap((row) => {
      const fault = faultOf(row, questions.get(keyId(row.key)) ?? []);
      return fault === undefined ? [] : { fault, key: row.key };
    });
  };
}
