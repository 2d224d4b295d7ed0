import { LtdError } from "../../errors.ts";
import type { Queryable } from "../database.ts";
import type { IndexRecord } from "../index-record.ts";
import { changeTable, entryKeyNames, sameKey, sourceKeyNames, sourceTable } from "../statement/key.ts";
import { rememberStatement } from "./partition.ts";
import { joinSql, quoteIdentifier, quoteLiteral, quoteName, type SqlText, sqlText } from "../statement/sql-text.ts";
import { statement } from "../statement/statement.ts";

/** What the statements of capture depend on. */
export type Captured = Pick<
  IndexRecord,
  "id" | "name" | "schema" | "table" | "key" | "columns" | "filterColumns" | "capture"
>;

/** The functions that the triggers of an index call; `row` is for one changed row, the others for a statement. */
type CaptureFunction = "insert" | "update" | "delete" | "truncate" | "row";

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

const oldRows = sqlText`old_rows`;
const newRows = sqlText`new_rows`;
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
    ofStatement("insert", sqlText`insert`, sqlText`referencing new table as ${newRows}`),
    ofStatement("update", sqlText`update`, sqlText`referencing old table as ${oldRows} new table as ${newRows}`),
    ofStatement("delete", sqlText`delete`, sqlText`referencing old table as ${oldRows}`),
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
  ];
  for (const name of new Set(TRIGGERS[index.capture].map(({ calls }) => calls))) {
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
  if (index.capture === "row") made.push(rememberStatement(index));
  return made;
}

/** Lets an index see every later change of its source, and waits for the writers that are at work. Run it in a transaction. */
export async function createCapture(tx: Queryable, index: Captured): Promise<void> {
  for (const each of captureStatements(index)) await tx.query(each);
}

/** Takes triggers, their functions and the log away, or what is left of them. Run it in a transaction. */
export async function dropCapture(tx: Queryable, index: Captured & Pick<IndexRecord, "sourceExists">): Promise<void> {
  const all = TRIGGERS[index.capture];
  // first the triggers: once they are gone nobody logs any more
  for (const { name } of index.sourceExists ? all : []) {
    await tx.query(statement("capture/drop-trigger", { name: triggerName(index, name), source: sourceTable(index) }));
  }
  for (const name of new Set(all.map(({ calls }) => calls))) {
    await tx.query(statement("capture/drop-capture-function", { function: captureFunction(index, name) }));
  }
  await tx.query(statement("capture/drop-change-table", { change: changeTable(index) }));
}

/** What keeps an index from seeing changes: triggers that are missing or do not fire as they should, one sentence each. */
export async function captureProblems(database: Queryable, index: Captured): Promise<string[]> {
  const found = await database.query<{ name: string; enabled: string }>(statement("capture/list-triggers"), [
    sourceTable(index),
    `ltd_${index.id}_`,
  ]);
  const states = new Map(found.map(({ name, enabled }) => [name, enabled]));
  return TRIGGERS[index.capture].flatMap(({ name: part, enable }) => {
    const name = `ltd_${index.id}_${part}`;
    const state = states.get(name);
    if (state === undefined) return [`the trigger ${name} is missing`];
    if (state === firesAs(enable)) return [];
    return [`the trigger ${name} ${state === "D" ? "is disabled" : "does not fire when it should"}`];
  });
}

/** `pg_trigger.tgenabled` */
function firesAs(enable: SqlText | null): string {
  return enable === null ? "O" : enable === always ? "A" : "R";
}

/**
 * Makes triggers, functions and log anew, and lets the next sync look at all rows: for an index that may have missed changes. Run it in a
 * transaction; it waits for the writers that are at work.
 */
export async function restoreCapture(tx: Queryable, index: IndexRecord): Promise<void> {
  await dropCapture(tx, index);
  await createCapture(tx, index);
  await tx.query(statement("capture/log-truncate", { change: changeTable(index) }));
  await tx.query(statement("capture/mark-unqueued"), [index.id]);
}

function triggerName(index: Pick<IndexRecord, "id">, name: string): SqlText {
  return quoteIdentifier(`ltd_${index.id}_${name}`);
}

function captureFunction(index: Pick<IndexRecord, "id">, name: CaptureFunction): SqlText {
  return quoteName("ltd", `capture_${index.id}_${name}`);
}

function functionStatement(index: Captured, name: CaptureFunction): string {
  requireHarmless([...seenColumns(index), ...index.key.map((column) => column.name)]);
  const called = {
    function: captureFunction(index, name),
    change: changeTable(index),
    index: quoteLiteral(index.name),
  };
  if (name === "truncate") return statement("capture/create-capture-truncate", called);
  const listNames = entryKeyNames(index.key);
  const columns = sourceKeyNames(index);
  const [o, n, r] = [sqlText`o`, sqlText`n`, sqlText`r`];
  const variables = columns.map((_, at) => sqlText`list_${at + 1}`);
  const names = columns.map((_, at) => sqlText`k${at + 1}`);
  const keyOf = (alias: SqlText): SqlText => joinSql(columns.map((column) => sqlText`${alias}.${column}::text`));
  const inserted = {
    ...called,
    variables: sqlText`${joinSql(
      variables.map((each) => sqlText`${each} text[]`),
      "; ",
    )}`,
    key_names: joinSql(listNames),
    lists: joinSql(variables),
  };
  if (name === "row") return rowFunction(index, columns, variables, inserted);
  const collected = {
    ...inserted,
    collected: joinSql(names.map((each) => sqlText`array_agg(${each})`)),
    first_list: variables[0]!,
    names: joinSql(names),
  };
  if (name !== "update") {
    const rows = name === "insert" ? newRows : oldRows;
    return statement("capture/create-capture-rows", { ...collected, rows, keys: keyOf(r) });
  }
  const either = columns.map((column) => sqlText`coalesce(n.${column}, o.${column})::text`);
  const alone = columns.map((column) => sqlText`o.${column} is null or n.${column} is null`);
  const mapped = seenColumns(index).map(quoteIdentifier);
  const changed = mapped.map(
    (column) => sqlText`o.${column}::text collate "C" is distinct from n.${column}::text collate "C"`,
  );
  return statement("capture/create-capture-update", {
    ...collected,
    either_key: joinSql(either),
    same_key: sameKey(o, columns, n, columns),
    changed: joinSql([...alone, ...changed], " or "),
    old_key: keyOf(o),
    new_key: keyOf(n),
  });
}

function rowFunction(
  index: Captured,
  columns: readonly SqlText[],
  variables: readonly SqlText[],
  inserted: Record<string, SqlText>,
): string {
  const [before, after] = [sqlText`old`, sqlText`new`];
  const take = (...rows: SqlText[]): SqlText =>
    joinSql(
      columns.map((column, at) => {
        const keys = joinSql(rows.map((row) => sqlText`${row}.${column}::text`));
        return sqlText`${variables[at]!} := array[${keys}];`;
      }),
      " ",
    );
  const same = seenColumns(index)
    .map(quoteIdentifier)
    .map((column) => sqlText`old.${column}::text collate "C" is not distinct from new.${column}::text collate "C"`);
  return statement("capture/create-capture-row", {
    ...inserted,
    take_new: take(after),
    take_old: take(before),
    take_both: take(before, after),
    unchanged: joinSql([sameKey(before, columns, after, columns), ...same], " and "),
  });
}

/** The columns whose change is logged. */
function seenColumns(index: Captured): string[] {
  return [...new Set([...index.columns, ...index.filterColumns])];
}

/** Throws LtdError("source") for a name that would end the body of a function before its time. */
function requireHarmless(names: readonly string[]): void {
  const harmful = names.find((name) => name.includes("$function$"));
  if (harmful === undefined) return;
  throw new LtdError("source", `the column ${JSON.stringify(harmful)} cannot be captured: its name holds $function$`, {
    hint: "rename the column",
  });
}
