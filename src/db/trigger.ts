import type { Queryable } from "./database.ts";
import type { IndexRecord } from "./index-record.ts";
import { sourceTable } from "./key.ts";
import { quoteIdentifier, type SqlText, sqlText } from "./sql-text.ts";
import { statement } from "./statement.ts";

interface Trigger {
  readonly name: SqlText;
  readonly event: SqlText;
  /** The names that `ltd.capture` reads the changed rows under. */
  readonly referencing: SqlText;
}

function triggersOf(index: Pick<IndexRecord, "id">): Trigger[] {
  const name = (event: string): SqlText => quoteIdentifier(`ltd_${index.id}_${event}`);
  const before = sqlText`old table as old_rows`;
  const after = sqlText`new table as new_rows`;
  return [
    { name: name("insert"), event: sqlText`insert`, referencing: sqlText`referencing ${after}` },
    { name: name("update"), event: sqlText`update`, referencing: sqlText`referencing ${before} ${after}` },
    { name: name("delete"), event: sqlText`delete`, referencing: sqlText`referencing ${before}` },
    { name: name("truncate"), event: sqlText`truncate`, referencing: sqlText`` },
  ];
}

/**
 * Lets the index see every later change of its source table, and waits for the writers that are at work.
 *
 * Needs the table's ownership. Run it in the transaction that makes the index.
 */
export async function createTriggers(
  tx: Queryable,
  index: Pick<IndexRecord, "id" | "schema" | "table">,
): Promise<void> {
  const source = sourceTable(index);
  for (const { name, event, referencing } of triggersOf(index)) {
    const id = sqlText`${index.id}`;
    await tx.query(statement("create-trigger", { name, event, source, referencing, id }));
    await tx.query(statement("enable-trigger", { name, source }));
  }
}

/** Takes the triggers away again. */
export async function dropTriggers(tx: Queryable, index: Pick<IndexRecord, "id" | "schema" | "table">): Promise<void> {
  for (const { name } of triggersOf(index)) {
    await tx.query(statement("drop-trigger", { name, source: sourceTable(index) }));
  }
}

/** What keeps the index from seeing changes of its table: triggers that are missing or do not fire always, one sentence each. */
export async function triggerProblems(
  database: Queryable,
  index: Pick<IndexRecord, "id" | "schema" | "table">,
): Promise<string[]> {
  const found = await database.query<{ name: string; enabled: string }>(statement("trigger-states"), [
    sourceTable(index),
  ]);
  return triggersOf(index).flatMap(({ name }) => {
    const trigger = found.find((each) => quoteIdentifier(each.name) === name);
    if (trigger === undefined) return [`the trigger ${name} is missing`];
    return trigger.enabled === "A"
      ? []
      : [`the trigger ${name} is ${trigger.enabled === "D" ? "disabled" : "not always enabled"}`];
  });
}
