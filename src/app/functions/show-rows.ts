import type { Database } from "../../db/database.ts";
import { createRowView, hasRowView } from "../../db/entries/row-view.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import { limitLockWait } from "../../db/statement/lock-wait.ts";
import { parseTemplate } from "../template.ts";

/**
 * Recreates the view of an index's rows if there is one. Call it after a switch of generations and after reinstalling
 * the functions.
 */
export async function followIndex(database: Database, index: IndexRecord): Promise<boolean> {
  return (await hasRowView(database, index)) && (await showRows(database, index));
}

/** Recreates the view of an index's rows; false where something else in schema ltd has its name. */
export function showRows(database: Database, index: IndexRecord): Promise<boolean> {
  return database.transaction(async (tx) => {
    await limitLockWait(tx);
    return createRowView(tx, index, parseTemplate(index.template).parts);
  });
}
