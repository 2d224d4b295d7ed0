import { getClassifier, readClassifiers, saveClassifier } from "../../db/results/classifier.ts";
import type { Database } from "../../db/database.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import type { Embedder } from "../../embed/embedder.ts";
import type { LabelledTexts } from "../../judge/labelled.ts";
import { classifyRows } from "./classify-rows.ts";
import { learnClasses } from "./train-classes.ts";

/**
 * Brings the classes of rows up to date in all classifiers of an index. New and changed rows get their class, rows that
 * are gone lose it. A classifier of another generation is trained again with its examples. Without classifiers it costs
 * one query.
 * @returns rows that were classified
 */
export async function refreshClassifiers(
  database: Database,
  index: IndexRecord,
  open: () => Promise<Embedder>,
): Promise<number> {
  if (index.state !== "live") return 0;
  let classified = 0;
  for (const saved of await readClassifiers(database, { index: index.name })) {
    let record = saved;
    if (record.indexId !== index.id) {
      const examples: LabelledTexts = { kind: "classes", ...record.examples };
      const { classifier, report } = (await learnClasses(await open(), examples, record.options)).trained;
      const { name, options } = record;
      await database.transaction((tx) =>
        saveClassifier(tx, index, { ...classifier, name, examples: record.examples, options, report }),
      );
      record = await getClassifier(database, name);
    }
    classified += await classifyRows(database, index, record);
  }
  return classified;
}
