import type { Queryable } from "../database.ts";
import { statement } from "./statement.ts";

/** Takes the lock of this name and number, and holds it to the end of the transaction. */
export async function lockName(tx: Queryable, name: string, number = 0): Promise<void> {
  await tx.query(statement("statement/lock-name"), [name, number]);
}
