import type { Database } from "../../db/database.ts";
import { createRowView } from "../../db/entries/row-view.ts";
import { listStudents } from "../../db/functions/student.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import { limitLockWait } from "../../db/statement/lock-wait.ts";
import { parseTemplate } from "../template.ts";

/** Recreates the view of an index's rows where the functions are installed: call it when an index is added or its generation switches. */
export async function followIndex(database: Database, index: IndexRecord): Promise<void> {
  if ((await listStudents(database)).length > 0) await showRows(database, index);
}

/** Recreates the view of an index's rows; false where something else in schema ltd has its name. */
export function showRows(database: Database, index: IndexRecord): Promise<boolean> {
  return database.transaction(async (tx) => {
    await limitLockWait(tx);
    return createRowView(tx, index, parseTemplate(index.template).parts);
  });
}
