import type { Queryable } from "../database.ts";
import type { Capture, IndexRecord } from "../index-record.ts";
import { changeTable, entryKeyNames, sourceTable } from "../statement/key.ts";
import { joinSql, quoteIdentifier, quoteLiteral, type SqlText, sqlText } from "../statement/sql-text.ts";
import {
  type Captured,
  captureFunction,
  type CaptureFunction,
  functionStatement,
  NEW_ROWS,
  OLD_ROWS,
} from "./capture-function.ts";
import { rememberStatement } from "./partition.ts";
import { statement } from "../statement/statement.ts";

interface Trigger {
  readonly name: string;
  readonly event: SqlText;
  readonly each: "row" | "statement";
  readonly calls: CaptureFunction;
  /** The names that the function reads the changed rows under. */
  readonly referencing: SqlText;
  /** Null: it fires for what is written here, and not for what is replicated. */
  readonly enable: SqlText | null;
}

const none = sqlText``;
const always = sqlText`always`;
const everyChange = sqlText`insert or update or delete`;

/** What every index with triggers has: truncation is seen in one way only. */
const ON_TRUNCATE: Trigger = {
  name: "truncate",
  event: sqlText`truncate`,
  each: "statement",
  calls: "truncate",
  referencing: none,
  enable: always,
};

/**
 * Statements are far cheaper than rows. But what logical replication applies fires triggers of rows only: such a trigger stands beside, and
 * fires only there. Writes straight into a partition fire triggers of its parent's rows only.
 */
const TRIGGERS: Readonly<Record<IndexRecord["capture"], readonly Trigger[]>> = {
  statement: [
    ofStatement("insert", sqlText`insert`, sqlText`referencing new table as ${NEW_ROWS}`),
    ofStatement("update", sqlText`update`, sqlText`referencing old table as ${OLD_ROWS} new table as ${NEW_ROWS}`),
    ofStatement("delete", sqlText`delete`, sqlText`referencing old table as ${OLD_ROWS}`),
    { name: "replica", event: everyChange, each: "row", calls: "row", referencing: none, enable: sqlText`replica` },
    ON_TRUNCATE,
  ],
  row: [{ name: "row", event: everyChange, each: "row", calls: "row", referencing: none, enable: always }, ON_TRUNCATE],
  poll: [],
};

function ofStatement(calls: "insert" | "update" | "delete", event: SqlText, referencing: SqlText): Trigger {
  return { name: calls, event, each: "statement", calls, referencing, enable: null };
}

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

/** Lets an index see every later change of its source, and waits for the writers that are at work. Run it in a transaction. */
export async function createCapture(tx: Queryable, index: Captured): Promise<void> {
  for (const text of captureStatements(index)) await tx.query(text);
  await tx.query(statement("capture/remember-shape"), [index.id]);
}

/** Takes triggers, their functions and the log away, or what is left of them. Run it in a transaction. */
export async function dropCapture(tx: Queryable, index: Captured & Pick<IndexRecord, "sourceExists">): Promise<void> {
  // of whatever kind they were: a table can have become another one
  const all = [...TRIGGERS.statement, ...TRIGGERS.row];
  // first the triggers: once they are gone nobody logs any more
  for (const name of new Set(index.sourceExists ? all.map((trigger) => trigger.name) : [])) {
    await tx.query(statement("capture/drop-trigger", { name: triggerName(index, name), source: sourceTable(index) }));
  }
  for (const name of new Set(all.map(({ calls }) => calls))) {
    await tx.query(statement("capture/drop-capture-function", { function: captureFunction(index, name) }));
  }
  await tx.query(statement("capture/drop-change-table", { change: changeTable(index) }));
}

/** What an index sees changes by, as `sql/capture/capture-state.sql` finds it. */
interface CaptureState {
  readonly owner: string;
  readonly kind: string;
  readonly isPartition: boolean;
  readonly hasParent: boolean;
  readonly children: readonly string[];
  readonly triggers: Readonly<Record<string, string>>;
  readonly functions: Readonly<Record<string, readonly [owner: string, source: string]>>;
  readonly hasLog: boolean;
  readonly hasIdentity: boolean;
}

async function readState(database: Queryable, index: Captured): Promise<CaptureState> {
  const [state] = await database.query<CaptureState>(statement("capture/capture-state"), [
    sourceTable(index),
    index.id,
  ]);
  return state!;
}

/**
 * What keeps an index from seeing changes, or lets them run with wrong rights, one sentence each: triggers, their functions, the log, and a table
 * that has become a partition. {@link remakeCapture} mends all of it.
 */
export async function captureProblems(database: Queryable, index: Captured): Promise<string[]> {
  const state = await readState(database, index);
  const log = state.hasLog && !state.hasIdentity ? [`the log ltd.change_${index.id} has no replica identity`] : [];
  return [
    ...fundamentalProblems(index, state),
    ...log,
    ...triggerProblems(index, state),
    ...functionProblems(index, state),
  ];
}

function fundamentalProblems(index: Captured, state: CaptureState): string[] {
  const log = state.hasLog ? [] : [`the log ltd.change_${index.id} is missing`];
  if (captureFor(index, state) === index.capture) return log;
  const what = state.isPartition ? "a partition" : "a child of another table";
  return [
    ...log,
    `${index.schema}.${index.table} has become ${what}, and what is written through its parent is not seen`,
  ];
}

function triggerProblems(index: Captured, { triggers }: CaptureState): string[] {
  return TRIGGERS[index.capture].flatMap(({ name: part, enable }) => {
    const name = `ltd_${index.id}_${part}`;
    const enabled = triggers[name];
    if (enabled === undefined) return [`the trigger ${name} is missing`];
    if (enabled === firesAs(enable)) return [];
    return [`the trigger ${name} ${enabled === "D" ? "is disabled" : "does not fire when it should"}`];
  });
}

function functionProblems(index: Captured, { functions, owner }: CaptureState): string[] {
  const called = new Set(TRIGGERS[index.capture].map(({ calls }) => calls));
  const found = [...called].flatMap((calls) => {
    const name = `capture_${index.id}_${calls}`;
    const [holder, source] = functions[name] ?? [];
    // where it is gone, so is its trigger
    if (source === undefined) return [];
    if (holder !== owner) return [`functions of its triggers belong to ${holder}, the table to ${owner}`];
    const body = functionStatement(index, calls).split("$function$")[1];
    return source === body ? [] : ["functions of its triggers are of another version"];
  });
  return [...new Set(found)];
}

/** How changes of a source are to be seen, as it is now. */
function captureFor(index: Captured, { isPartition, hasParent }: CaptureState): Capture {
  return index.capture === "statement" && (isPartition || hasParent) ? "row" : index.capture;
}

/** What lets changes go by unseen, in a sentence, and is to be mended before anything is read: a log that is gone, a table of another kind. */
export async function captureNeed(database: Queryable, index: Captured): Promise<string | null> {
  return fundamentalProblems(index, await readState(database, index))[0] ?? null;
}

/** A sentence on children by inheritance, whose rows are read and whose changes no trigger sees; null where there are none. */
export async function childProblem(database: Queryable, index: Captured): Promise<string | null> {
  if (index.capture === "poll") return null;
  const { children } = await readState(database, index);
  const table = `${index.schema}.${index.table}`;
  return children.length === 0
    ? null
    : `${table} has got children by inheritance, whose changes are not seen: ${children.map((child) => `alter table ${child} no inherit ${table}`).join("; ")}`;
}

/** `pg_trigger.tgenabled` */
function firesAs(enable: SqlText | null): string {
  return enable === null ? "O" : enable === always ? "A" : "R";
}

/**
 * Makes triggers, functions and log again, as the table needs them now. Run it in a transaction; it waits for the writers that are at work. What was
 * not seen before is for the caller to find. Returns the way of capture.
 */
export async function remakeCapture(tx: Queryable, index: IndexRecord): Promise<Capture> {
  const capture = captureFor(index, await readState(tx, index));
  if (capture !== index.capture) await tx.query(statement("capture/set-capture"), [index.id, capture]);
  await dropCapture(tx, index);
  await createCapture(tx, { ...index, capture });
  return capture;
}

/** {@link remakeCapture}, and lets the next sync look at all rows: for an index that may have missed changes. Returns the record as it is then. */
export async function restoreCapture(tx: Queryable, index: IndexRecord): Promise<IndexRecord> {
  const capture = await remakeCapture(tx, index);
  await tx.query(statement("capture/log-truncate", { change: changeTable(index) }));
  await tx.query(statement("capture/mark-unqueued"), [index.id]);
  return { ...index, capture, enqueuedAt: null };
}

function triggerName(index: Pick<IndexRecord, "id">, name: string): SqlText {
  return quoteIdentifier(`ltd_${index.id}_${name}`);
}
