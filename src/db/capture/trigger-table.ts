import type { IndexRecord } from "../index-record.ts";
import { type SqlText, sqlText } from "../statement/sql-text.ts";
import { type CaptureFunction, NEW_ROWS, OLD_ROWS } from "./capture-function.ts";

/** A trigger of an index. */
export interface Trigger {
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
 * Statements are far cheaper than rows. But what logical replication applies fires triggers of rows only: such a
 * trigger stands beside, and fires only there. Writes straight into a partition fire triggers of its parent's rows
 * only.
 */
export const TRIGGERS: Readonly<Record<IndexRecord["capture"], readonly Trigger[]>> = {
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

/** `pg_trigger.tgenabled` */
export function firesAs(enable: SqlText | null): string {
  return enable === null ? "O" : enable === always ? "A" : "R";
}
