import type { Database } from "../db/database.ts";
import { registerModel } from "../db/schema/model.ts";
import { countWords, loadWords, type Word } from "../db/schema/word.ts";
import type { ModelPackage } from "../embed/model-package.ts";
import { inverseDocumentFrequency } from "../text/weigh.ts";

/**
 * Registers a model and loads its word table into `ltd.word`. Safe to repeat.
 *
 * @throws {LtdError} model: an index uses another model of this id
 */
export async function installModel(database: Database, model: ModelPackage): Promise<void> {
  const { id, dims, text } = model.description;
  await database.transaction(async (tx) => {
    const isNew = await registerModel(tx, { id, sha256: model.fingerprint, dims, maxChars: text.maxChars });
    if (!isNew && (await countWords(tx, id)) === model.words.length) return;
    await loadWords(tx, id, wordsOf(model));
  });
}

/** The words of a model as `ltd.word` has them. */
export function wordsOf({ words, description }: ModelPackage): Word[] {
  const { documents } = description.text;
  return words.map((row) => ({ ...row, idf: inverseDocumentFrequency(documents, row.documentFrequency) }));
}
