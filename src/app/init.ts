import type { Database } from "../db/database.ts";
import { migrate } from "../db/migrate.ts";
import { registerModel } from "../db/model.ts";
import { countWords, loadWords } from "../db/word.ts";
import type { ModelPackage } from "../embed/model-package.ts";
import { inverseDocumentFrequency } from "../text/weigh.ts";

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
}

/** Prepares a database: pgvector, the `ltd` schema, the model and its word table. Again is harmless. */
export async function init(database: Database, model: ModelPackage): Promise<InitResult> {
  const { applied, version } = await migrate(database);
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
  return {
    database: database.name,
    kind: database.kind,
    schemaVersion: version,
    applied,
    model: id,
    dims,
    words: model.words.length,
  };
}
