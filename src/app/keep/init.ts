import { captureProblems, restoreCapture } from "../../db/capture/triggers.ts";
import type { Database } from "../../db/database.ts";
import { readGenerations, listIndexes } from "../../db/indexes/index-store.ts";
import { migrate } from "../../db/schema/migrate.ts";
import { registerModel } from "../../db/schema/model.ts";
import { countWords, loadWords } from "../../db/schema/word.ts";
import type { ModelPackage } from "../../embed/model-package.ts";
import { inverseDocumentFrequency } from "../../text/weigh.ts";

/** What {@link init} found and did. */
export interface InitResult {
  database: string;
  kind: "server" | "embedded";
  schemaVersion: number;
  /** Migrations that were applied now. */
  applied: readonly number[];
  model: string;
  dims: number;
  /** Words of the model in `ltd.word`. */
  words: number;
  /** Indexes whose triggers were missing and have been made anew; their next sync looks at all rows. */
  restored: readonly string[];
}

/**
 * Prepares a database: pgvector, the `ltd` schema, the model and its word table, and triggers that have been lost. Again is
 * harmless.
 */
export async function init(database: Database, model: ModelPackage): Promise<InitResult> {
  const { applied, version } = await migrate(database);
  await installModel(database, model);
  const { id, dims } = model.description;
  const restored = new Set<string>();
  const generations = await Promise.all(
    (await listIndexes(database)).map((index) => readGenerations(database, index.name)),
  );
  for (const index of generations.flat()) {
    if (!index.sourceExists || (await captureProblems(database, index)).length === 0) continue;
    await database.transaction(async (tx) => {
      // the triggers wait for writers, and all later writers wait behind them: give up before that is felt
      await tx.query("set local lock_timeout = '5s'");
      await restoreCapture(tx, index);
    });
    restored.add(index.name);
  }
  return {
    database: database.name,
    kind: database.kind,
    schemaVersion: version,
    applied,
    model: id,
    dims,
    words: model.words.length,
    restored: [...restored],
  };
}

/** Makes a model and its word table known. Again is harmless. Throws LtdError "model" when its id means another model here. */
export async function installModel(database: Database, model: ModelPackage): Promise<void> {
  const { id, dims, text } = model.description;
  await database.transaction(async (tx) => {
    await registerModel(tx, { id, sha256: model.fingerprint, dims, maxChars: text.maxChars });
    if ((await countWords(tx, id)) === model.words.length) return;
    const words = model.words.map((row) => ({
      ...row,
      idf: inverseDocumentFrequency(text.documents, row.documentFrequency),
    }));
    await loadWords(tx, id, words);
  });
}
