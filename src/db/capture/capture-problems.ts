import type { Queryable } from "../database.ts";
import type { Capture } from "../index-record.ts";
import { sourceTable } from "../statement/key.ts";
import { statement } from "../statement/statement.ts";
import { type Captured, functionStatement } from "./capture-function.ts";
import { firesAs, TRIGGERS } from "./trigger-table.ts";

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
  readonly showsHidden: boolean;
}

/** Reads it from the catalogs, in one query. */
export async function readState(database: Queryable, index: Captured): Promise<CaptureState> {
  const [state] = await database.query<CaptureState>(statement("capture/capture-state"), [
    sourceTable(index),
    index.id,
  ]);
  return state!;
}

/**
 * What keeps an index from seeing changes, or gives them wrong rights: one sentence each. Looks at triggers, their
 * functions, the log, a table that has become a partition, and entries that show what row-level security hides. All of
 * it is mended by `remakeCapture`.
 */
export async function captureProblems(database: Queryable, index: Captured): Promise<string[]> {
  const state = await readState(database, index);
  const log = state.hasLog && !state.hasIdentity ? [`the log ltd.change_${index.id} has no replica identity`] : [];
  return [
    ...fundamentalProblems(index, state),
    ...log,
    ...(state.showsHidden ? [hiddenShown(index)] : []),
    ...triggerProblems(index, state),
    ...functionProblems(index, state),
  ];
}

/** Says that readers see entries of rows that a policy hides: it was made after `add`. */
export async function hiddenProblem(database: Queryable, index: Captured): Promise<string | null> {
  return (await readState(database, index)).showsHidden ? hiddenShown(index) : null;
}

function hiddenShown({ id }: Captured): string {
  return `ltd.entry_${id} shows words and vectors of rows that row-level security hides`;
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
export function captureFor(index: Captured, { isPartition, hasParent }: CaptureState): Capture {
  return index.capture === "statement" && (isPartition || hasParent) ? "row" : index.capture;
}

/**
 * What makes changes go unseen and must be mended before any read, in a sentence. A log that is gone, or a table of
 * another kind.
 */
export async function captureNeed(database: Queryable, index: Captured): Promise<string | null> {
  return fundamentalProblems(index, await readState(database, index))[0] ?? null;
}

/**
 * A sentence on children by inheritance, whose rows are read and whose changes no trigger sees. Null where there are
 * none.
 */
export async function childProblem(database: Queryable, index: Captured): Promise<string | null> {
  if (index.capture === "poll") return null;
  const { children } = await readState(database, index);
  const table = `${index.schema}.${index.table}`;
  return children.length === 0
    ? null
    : `${table} has children by inheritance, whose changes are not seen: ${children.map((child) => `alter table ${child} no inherit ${table}`).join("; ")}`;
}
