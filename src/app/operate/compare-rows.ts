import { inSnapshot } from "../../db/connect/snapshot.ts";
import type { Database, Queryable } from "../../db/database.ts";
import { compareWithSource, type ComparedRow } from "../../db/entries/comparison.ts";
import type { Alias } from "../../db/ask/alias.ts";
import type { IndexRecord, Key } from "../../db/index-record.ts";
import { withFilter } from "../../db/source/filter.ts";
import { listModels } from "../../db/schema/model.ts";
import { keyId } from "../../db/statement/key.ts";
import type { Embedder } from "../../embed/embedder.ts";
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

const EXAMPLES = 100;
/** Keys that are queued together. */
const REPAIR_ROWS = 10_000;

/** What a comparison of all rows found. */
export interface Comparison {
  readonly counts: Record<Fault, number>;
  readonly examples: Finding[];
  compared: number;
  /** To be repaired: those that `onWrong` did not take. */
  wrong: Finding[];
}

/** A comparison of no rows. */
export function nothingCompared(): Comparison {
  const counts = { missing: 0, orphan: 0, stale: 0, wrongModel: 0, wrongDimension: 0 };
  return { counts, examples: [], compared: 0, wrong: [] };
}

/** Settings of {@link compareAll}. */
export interface CompareOptions {
  /** Keeps all that was found, not only the first hundred. */
  repair?: boolean;
  /** Called now and then with the keys compared so far. */
  onProgress?: (compared: number) => void;
  signal?: AbortSignal;
  /** Takes what was found some thousand at a time. */
  onWrong?: (findings: Finding[]) => Promise<void>;
}

/**
 * Compares all rows that are not queued with their entries, in one snapshot.
 */
export async function compareAll(
  database: Database,
  index: IndexRecord,
  embedder: Embedder,
  options: CompareOptions,
): Promise<Comparison> {
  const judge = await judgeOf(database, index, embedder);
  return withFilter(index, (filtered) => inSnapshot(database, (tx) => compareRows(tx, filtered, judge, options)));
}

/** As {@link compareAll}, in the snapshot that `tx` sees. */
async function compareRows(
  tx: Queryable,
  index: IndexRecord,
  judge: Judge,
  options: CompareOptions,
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
