import { countClasses, deleteClassifier, getClassifier, readClassifiers } from "../../db/results/classifier.ts";
import type { Database } from "../../db/database.ts";
import { getIndex } from "../../db/indexes/find-index.ts";
import type { ClassifierMethod } from "../../judge/classifier.ts";

/** A classifier and what it has said. */
export interface ClassifierStatus {
  readonly classifier: string;
  readonly index: string;
  readonly method: ClassifierMethod;
  readonly threshold: number;
  readonly trainedAt: Date;
  /** False after a change of model or weights, until the next `sync`. */
  readonly isLive: boolean;
  /** Rows by class, most first; null: it could not tell. */
  readonly rows: readonly { readonly label: string | null; readonly rows: number }[];
}

/** All classifiers of one database; see `listClassifiers` of src/app/shards/classify.ts. */
export async function listClassifiers(database: Database): Promise<ClassifierStatus[]> {
  const statuses: ClassifierStatus[] = [];
  for (const record of await readClassifiers(database)) {
    const { name, indexName, method, threshold, trainedAt } = record;
    const isLive = (await getIndex(database, indexName)).id === record.indexId;
    const rows = await countClasses(database, name);
    statuses.push({ classifier: name, index: indexName, method, threshold, trainedAt, isLive, rows });
  }
  return statuses;
}

/** Drops a classifier of one database; see `dropClassifier` of src/app/shards/classify.ts. */
export async function dropClassifier(database: Database, name: string): Promise<void> {
  await getClassifier(database, name);
  await database.transaction((tx) => deleteClassifier(tx, name));
}
