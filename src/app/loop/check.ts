import { readFile, writeFile } from "node:fs/promises";
import type { Database } from "../../db/database.ts";
import { LtdError } from "../../errors.ts";
import {
  compareGolden,
  goldenAnswer,
  goldenScores,
  type GoldenAnswer,
  type GoldenComparison,
  type GoldenScores,
} from "../../judge/golden.ts";
import type { LabelledQuestion } from "../../judge/labelled-questions.ts";
import { matchEach } from "../ask/match-each.ts";
import { searchableIndex, type Searchable } from "../ask/searchable.ts";
import type { Generation } from "../live-index.ts";

/** What an index gave for golden questions. */
export interface GoldenResult {
  readonly index: string;
  readonly generation: number;
  readonly model: string;
  /** ISO 8601. */
  readonly at: string;
  readonly scores: GoldenScores;
  readonly answers: readonly GoldenAnswer[];
}

/** What {@link check} found. */
export interface CheckResult extends GoldenResult {
  /** Null without a baseline. */
  readonly comparison: GoldenComparison | null;
}

/** Settings of {@link check}. */
export interface CheckOptions {
  /** What the same questions gave before. */
  baseline?: GoldenResult;
  /** How much worse a share may be, in [0, 1). Default 0.01. */
  allow?: number;
  signal?: AbortSignal;
}

/** In the files that {@link saveGolden} writes. */
const FORMAT = "ltd-golden-1";

/**
 * Asks questions whose rows are known, and compares with the answers before a change. Such a change is another
 * generation, thresholds, aliases or weights. The log does not see them. Costs one `match` a question.
 * @throws {LtdError} "input" without questions, "usage" for an `allow` out of range
 * @example
 * const database = await openDatabase();
 * const generation = { record: await getIndex(database, "faq"), embedder: await createEmbedder() };
 * const questions = [{ question: "白条啥时候还", keys: ["17"], texts: [], wrong: [] }];
 * const before = await check(database, generation, questions);
 * // … change something …
 * const { comparison } = await check(database, generation, questions, { baseline: before });
 */
export function check(
  database: Database,
  { record, embedder }: Generation,
  questions: readonly LabelledQuestion[],
  options: CheckOptions = {},
): Promise<CheckResult> {
  const { name: index, generation, modelId: model } = record;
  return checkAsked({ index, generation, model }, searchableIndex(database, { record, embedder }), questions, options);
}

/** The same of what `searchable` answers. */
export async function checkAsked(
  of: Pick<GoldenResult, "index" | "generation" | "model">,
  searchable: Searchable,
  questions: readonly LabelledQuestion[],
  { baseline, allow = 0.01, signal }: CheckOptions,
): Promise<CheckResult> {
  requireAllowed(allow);
  if (questions.length === 0) throw new LtdError("input", "there are no golden questions");
  const answers: GoldenAnswer[] = [];
  const options = { limit: 1, ...(signal && { signal }) };
  for await (const [question, result] of matchEach(searchable, questions, options))
    answers.push(goldenAnswer(question, result));
  return {
    ...of,
    at: new Date().toISOString(),
    scores: goldenScores(answers),
    answers,
    comparison: baseline ? compareGolden(baseline.answers, answers, allow) : null,
  };
}

/** Requires a share in [0, 1). Throws LtdError "usage". */
function requireAllowed(allow: number): void {
  if (allow >= 0 && allow < 1) return;
  throw new LtdError("usage", `allow is ${allow}, but must be at least 0 and below 1`, {
    hint: "0.01: one in a hundred",
  });
}

/**
 * Writes answers as a baseline: JSON.
 *
 * @example
 * const database = await openDatabase();
 * const golden = await readGolden("before.json");
 * await saveGolden("copy.json", { ...golden, comparison: null });
 */
export async function saveGolden(file: string, { comparison: _comparison, ...result }: CheckResult): Promise<void> {
  await writeFile(file, `${JSON.stringify({ format: FORMAT, ...result }, null, 1)}\n`);
}

/**
 * Reads what {@link saveGolden} wrote. Throws LtdError "input" for another file.
 *
 * @example
 * const { answers } = await readGolden("before.json");
 */
export async function readGolden(file: string): Promise<GoldenResult> {
  try {
    const { format, ...result } = JSON.parse(await readFile(file, "utf8")) as GoldenResult & { format?: string };
    if (format === FORMAT && Array.isArray(result.answers)) return result;
    throw new Error(`its format is ${format ?? "not named"}, not ${FORMAT}`);
  } catch (cause) {
    throw new LtdError("input", `${file} is no baseline: ${(cause as Error).message}`, {
      hint: "write one before the change: ltd-index check <index> golden.csv --save baseline.json",
      cause,
    });
  }
}
