import { copyBinary } from "../connect/copy-binary.ts";
import type { Queryable } from "../database.ts";
import { statement } from "../statement/statement.ts";

/** A base word of a model. */
export interface Word {
  readonly word: string;
  /** For segmentation: how often the word was seen. */
  readonly frequency: number;
  readonly documentFrequency: number;
  readonly idf: number;
}

/** Replaces the base words of a model by COPY; run it in a transaction. Returns the number of rows. */
export async function loadWords(tx: Queryable, modelId: string, words: Iterable<Word>): Promise<number> {
  await tx.query(statement("schema/delete-words"), [modelId]);
  const rows = copyBinary(words, 5, (out, word) => {
    out.text(modelId);
    out.text(word.word);
    out.int8(word.frequency);
    out.int8(word.documentFrequency);
    out.float4(word.idf);
  });
  return tx.copyIn(statement("schema/copy-words"), rows);
}

/** How many base words a model has here. */
export async function countWords(database: Queryable, modelId: string): Promise<number> {
  const [row] = await database.query<{ words: number }>(statement("schema/count-words"), [modelId]);
  return row?.words ?? 0;
}

/** The base words of a model, in byte order. Some 120,000 rows: read them once a process. */
export function readWords(database: Queryable, modelId: string): Promise<Word[]> {
  return database.query<Word>(statement("schema/list-words"), [modelId]);
}
