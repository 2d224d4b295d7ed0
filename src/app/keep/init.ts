import { captureProblems } from "../../db/capture/capture-problems.ts";
import { restoreCapture } from "../../db/capture/triggers.ts";
import type { Database } from "../../db/database.ts";
import { readGenerations, listIndexes } from "../../db/indexes/find-index.ts";
import { migrate } from "../../db/schema/migrate.ts";
import { limitLockWait } from "../../db/statement/lock-wait.ts";
import type { ModelPackage } from "../../embed/model-package.ts";
import { installModel } from "../install-model.ts";

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
  /** Indexes whose missing triggers were recreated; their next sync looks at all rows. */
  restored: readonly string[];
}

/**
 * Prepares a database: pgvector, the `ltd` schema, the model and its word table. Also restores lost triggers. Safe to
 * repeat.
 * @example
 * const database = await openDatabase();
 * await init(database, await loadModel());
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
      await limitLockWait(tx);
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
