import type { Queryable } from "../database.ts";
import type { Capture, IndexRecord } from "../index-record.ts";
import { keepGrants } from "../statement/grants.ts";
import { changeTable, entryKeyNames, sourceTable } from "../statement/key.ts";
import { joinSql, quoteIdentifier, quoteLiteral, type SqlText, sqlText } from "../statement/sql-text.ts";
import { type Captured, captureFunction, functionStatement } from "./capture-function.ts";
import { captureFor, readState } from "./capture-problems.ts";
import { rememberStatement } from "./partition.ts";
import { secureEntriesStatement } from "./secure-entries.ts";
import { TRIGGERS } from "./trigger-table.ts";
import { statement } from "../statement/statement.ts";

/** The statements that let an index see every later change of its source, in order. They need the table's ownership. */
function captureStatements(index: Captured): string[] {
  const source = sourceTable(index);
  const lists = entryKeyNames(index.key);
  const change = changeTable(index);
  const made = [
    statement("capture/create-change-table", {
      change,
      key_columns: joinSql(lists.map((name) => sqlText`${name} text[]`)),
    }),
    statement("capture/set-change-storage", {
      change,
      actions: joinSql(lists.map((name) => sqlText`alter column ${name} set storage external`)),
    }),
    statement("capture/set-change-identity", { change }),
  ];
  const functions = [...new Set(TRIGGERS[index.capture].map(({ calls }) => calls))];
  for (const name of functions) {
    made.push(
      functionStatement(index, name),
      statement("capture/revoke-capture", { function: captureFunction(index, name) }),
    );
  }
  for (const { name, event, each, calls, referencing, enable } of TRIGGERS[index.capture]) {
    const trigger = triggerName(index, name);
    const of = each === "row" ? sqlText`row` : sqlText`statement`;
    const called = captureFunction(index, calls);
    made.push(
      statement("capture/create-trigger", { name: trigger, event, source, referencing, each: of, function: called }),
    );
    if (enable !== null) made.push(statement("capture/enable-trigger", { name: trigger, source, when: enable }));
  }
  if (functions.length > 0) {
    made.push(
      statement("capture/give-capture", {
        source: quoteLiteral(source),
        change: quoteLiteral(change),
        functions: joinSql(functions.map((name) => quoteLiteral(`capture_${index.id}_${name}`))),
      }),
    );
  }
  if (index.capture === "row") made.push(rememberStatement(index));
  return made;
}

/**
 * Lets an index see every later change of its source, and waits for the writers that are at work. Run it in a
 * transaction.
 */
export async function createCapture(tx: Queryable, index: Captured): Promise<void> {
  for (const text of captureStatements(index)) await tx.query(text);
  await tx.query(statement("capture/create-at-once", { id: sqlText`${index.id}`, change: changeTable(index) }));
  await tx.query(statement("capture/remember-shape"), [index.id]);
}

/** Takes triggers, their functions and the log away, or what is left of them. Run it in a transaction. */
export async function dropCapture(tx: Queryable, index: Captured & Pick<IndexRecord, "sourceExists">): Promise<void> {
  // of whatever kind they were: a table can have become another one
  const all = [...TRIGGERS.statement, ...TRIGGERS.row];
  // first the triggers: without them no writer logs any more
  for (const name of new Set(index.sourceExists ? all.map((trigger) => trigger.name) : [])) {
    await tx.query(statement("capture/drop-trigger", { name: triggerName(index, name), source: sourceTable(index) }));
  }
  for (const name of new Set(all.map(({ calls }) => calls))) {
    await tx.query(statement("capture/drop-capture-function", { function: captureFunction(index, name) }));
  }
  await tx.query(statement("capture/drop-change-table", { change: changeTable(index) }));
}

/**
 * Makes triggers, functions and log again, as the table needs them now. Run it in a transaction; it waits for the
 * writers that are at work. What was not seen before is for the caller to find. What was granted on the log stays
 * granted. Returns the way of capture.
 */
export async function remakeCapture(tx: Queryable, index: IndexRecord): Promise<Capture> {
  const capture = captureFor(index, await readState(tx, index));
  if (capture !== index.capture) await tx.query(statement("capture/set-capture"), [index.id, capture]);
  await keepGrants(tx, [`change_${index.id}`], async () => {
    await dropCapture(tx, index);
    await createCapture(tx, { ...index, capture });
  });
  await tx.query(secureEntriesStatement(index));
  return capture;
}

/**
 * Recreates the capture and makes the next sync look at all rows. For an index that may have missed changes; see {@link
 * remakeCapture}. Returns the record as it is then.
 */
export async function restoreCapture(tx: Queryable, index: IndexRecord): Promise<IndexRecord> {
  const capture = await remakeCapture(tx, index);
  await tx.query(statement("capture/log-truncate", { change: changeTable(index) }));
  await tx.query(statement("capture/mark-unqueued"), [index.id]);
  return { ...index, capture, enqueuedAt: null };
}

function triggerName(index: Pick<IndexRecord, "id">, name: string): SqlText {
  return quoteIdentifier(`ltd_${index.id}_${name}`);
}
