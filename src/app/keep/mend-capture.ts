import { captureNeed } from "../../db/capture/capture-problems.ts";
import { restoreCapture } from "../../db/capture/triggers.ts";
import type { Database } from "../../db/database.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import { indexPrivileges } from "../../db/schema/server-settings.ts";
import { limitLockWait } from "../../db/statement/lock-wait.ts";
import { LtdError } from "../../errors.ts";

/**
 * Recreates triggers and log where changes would go unseen. That is where the table has become a partition or a child,
 * or where the log is gone. Returns the new record; all rows must be checked.
 * @throws LtdError "source" where the role may not
 */
export async function mendCapture(database: Database, index: IndexRecord): Promise<IndexRecord> {
  const need = await captureNeed(database, index);
  if (need === null) return index;
  const { ownsSource, mayBuild } = await indexPrivileges(database, index);
  if (!ownsSource || !mayBuild) {
    throw new LtdError("source", `the index ${index.name} does not see all changes: ${need}`, {
      hint: `let the owner of ${index.schema}.${index.table} run: ltd-index verify ${index.name} --repair`,
    });
  }
  return database.transaction(async (tx) => {
    await limitLockWait(tx);
    return restoreCapture(tx, index);
  });
}
