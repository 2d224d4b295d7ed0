import type { Queryable } from "../database.ts";
import { statement } from "./statement.ts";

/**
 * Lets the transaction wait 5 s at most for each lock. Triggers and DDL wait for the writers of a table, and all later
 * writers wait behind them: this gives up before they feel it.
 */
export async function limitLockWait(tx: Queryable): Promise<void> {
  await tx.query(statement("statement/limit-lock-wait"));
}
