import { openLocalFile } from "../../ann/local-file.ts";
import { readSidecar, type Sidecar } from "../../ann/sidecar.ts";
import type { Database } from "../../db/database.ts";
import type { Key } from "../../db/index-record.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { LtdError } from "../../errors.ts";
import { describeIndex } from "./plan.ts";
import { compareLocal } from "./difference.ts";
import { snapshotOf } from "./snapshot.ts";

/** What can be wrong with a row of a local file. */
export type LocalFault =
  /** The database has it, with a vector; the file does not. */
  | "missing"
  /** The file has it; it is gone from the database, or has no vector any more. */
  | "orphan"
  /** The file has it with another text, and so with another vector. */
  | "stale"
  /** The file has it with other columns. */
  | "rewritten";

/** What {@link verifyLocal} found. */
export interface LocalVerifyResult extends Record<LocalFault, number> {
  index: string;
  file: string;
  /** Rows of the database that were compared. */
  compared: number;
  /** The first hundred of them. */
  examples: { fault: LocalFault; key: Key }[];
  /** What is wrong with the file as a whole: one sentence each. */
  problems: string[];
  /** Whether nothing was wrong. */
  ok: boolean;
  seconds: number;
}

const EXAMPLES = 100;

/**
 * Checks every byte of a local file and compares it with the database it was exported from. The comparison reads one
 * snapshot.
 * @throws LtdError "input" where the file cannot be read at all, "index" where the database has no such index
 * @example
 * const database = await openDatabase();
 * const result = await verifyLocal(database, "faq.ltd");
 */
export async function verifyLocal(
  database: Database,
  path: string,
  { signal }: { signal?: AbortSignal } = {},
): Promise<LocalVerifyResult> {
  const started = performance.now();
  await requireSchema(database);
  const sidecar = await readSidecar(path);
  const result: LocalVerifyResult = {
    index: sidecar.index,
    file: path,
    compared: 0,
    missing: 0,
    orphan: 0,
    stale: 0,
    rewritten: 0,
    examples: [],
    problems: [],
    ok: true,
    seconds: 0,
  };
  const note = (fault: LocalFault, keys: readonly Key[]) => {
    result[fault] = keys.length;
    result.examples.push(...keys.slice(0, EXAMPLES - result.examples.length).map((key) => ({ fault, key })));
  };
  const file = await openLocalFile(path).catch((error: unknown) => {
    if (!(error instanceof LtdError) || error.code !== "input") throw error;
    result.problems.push(error.message);
  });
  try {
    const difference = await snapshotOf(
      database,
      sidecar.index,
    )(async (tx, index) => {
      const now = await describeIndex(tx, index);
      result.problems.push(...differences(sidecar, now));
      // vectors of another model are all wrong: nothing to compare
      const isSameModel = sidecar.model.fingerprint === now.model.fingerprint;
      return file && isSameModel ? compareLocal(tx, index, file.rows.table, signal) : null;
    });
    if (file && difference) {
      result.compared = difference.compared;
      note("missing", difference.added);
      note("stale", difference.changed);
      note("rewritten", [...difference.rewritten.values()]);
      const examples = await file.rows.read(difference.removed.slice(0, EXAMPLES));
      note(
        "orphan",
        examples.map(({ key }) => key),
      );
      result.orphan = difference.removed.length;
    }
  } finally {
    await file?.close();
  }
  const { missing, orphan, stale, rewritten, problems } = result;
  result.ok = missing + orphan + stale + rewritten + problems.length === 0;
  result.seconds = (performance.now() - started) / 1000;
  return result;
}

/** How the sidecar differs from the index now, one sentence each. */
function differences(sidecar: Sidecar, now: Awaited<ReturnType<typeof describeIndex>>): string[] {
  const { model, weights, thresholds, template, aliases, negatives = [] } = sidecar;
  const of = ({ id, fingerprint }: Sidecar["model"]) => `${id} (${fingerprint.slice(0, 12)}…)`;
  const isOther = (one: unknown, other: unknown) => JSON.stringify(one) !== JSON.stringify(other);
  return [
    isOther(model, now.model) &&
      `its vectors are of the model ${of(model)}, those of the index are of ${of(now.model)}`,
    isOther(weights, now.weights) && "its word weights differ from those of the index now",
    isOther(thresholds, now.thresholds) && "its thresholds differ from those of the index now",
    isOther(aliases, now.aliases) && "its aliases differ from those of the index now",
    isOther(negatives, now.negatives) && "its negative questions differ from those of the index now",
    isOther(template, now.template) && `its text is ${template}, that of the index ${now.template}`,
  ].filter((sentence) => sentence !== false);
}
