import { forgetClasses, isUnseen, setClasses, type ClassifierRecord } from "../../db/results/classifier.ts";
import type { Database } from "../../db/database.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import { readVectors } from "../../db/entries/vectors.ts";
import { predict } from "../../judge/classifier.ts";
import { rowOf } from "../../vector/matrix.ts";

/** Rows that are written together. */
const WRITE_ROWS = 5000;

/** Classifies the rows that are new or changed, and forgets those that are gone. Returns how many were classified. */
export async function classifyRows(database: Database, index: IndexRecord, record: ClassifierRecord): Promise<number> {
  return database.transaction(async (tx) => {
    await tx.query("set transaction isolation level repeatable read");
    await forgetClasses(tx, index, record.name);
    const { keys, vectors, hashes, lexemes } = await readVectors(tx, index, {
      hashes: true,
      lexemes: record.vocabulary !== null,
      condition: isUnseen(index, record.name),
    });
    for (let start = 0; start < keys.length; start += WRITE_ROWS) {
      const rows = keys.slice(start, start + WRITE_ROWS).map((key, at) => {
        const row = start + at;
        const { label, chance } = predict(record, rowOf(vectors, row), lexemes[row]!.split("\n"));
        return { key, label, chance, hash: hashes[row]! };
      });
      await setClasses(tx, index, record.name, rows);
    }
    return keys.length;
  });
}
