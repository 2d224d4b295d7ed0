import type { Queryable } from "../database.ts";
import type { Key } from "../index-record.ts";
import { statement } from "../statement/statement.ts";

/** What a curator can do with questions. */
export type CurationAction = "accept" | "reject" | "draft" | "dismiss";

/** A line of the journal. */
export interface Curation {
  readonly id: string;
  /**
   * What was done. With `accept` the questions became wordings of the row, with `reject` negative questions of it, with
   * `draft` they wait for a row that a curator is to write, with `dismiss` no row should answer them.
   */
  readonly action: CurationAction;
  readonly doneAt: Date;
  readonly doneBy: string;
  /** Of the row; null for `draft` and `dismiss`. */
  readonly key: Key | null;
  readonly questions: readonly string[];
  /** Letters and digits of the questions: see `bareText`. */
  readonly wordings: readonly string[];
  /** Where they came from: `gaps`, or null: they were typed. */
  readonly origin: string | null;
  readonly undoneAt: Date | null;
  readonly undoneBy: string | null;
}

/** A line that is to be written. */
export interface NewCuration extends Pick<Curation, "action" | "key" | "questions" | "wordings" | "origin"> {
  /** Null: the role of the session. */
  readonly doneBy: string | null;
}

/** Writes a line; returns its id. */
export async function addCuration(tx: Queryable, name: string, line: NewCuration): Promise<string> {
  const { action, doneBy, key, questions, wordings, origin } = line;
  const parameters = [name, action, doneBy, key, questions, wordings, origin];
  const [added] = await tx.query<{ id: string }>(statement("loop/add-curation"), parameters);
  return added!.id;
}

/** Which lines {@link listCurations} gives. */
export interface CurationFilter {
  limit?: number | undefined;
  /** Not those that were undone. */
  standing?: boolean;
  id?: string | undefined;
}

/** Lines of the journal of an index, the newest first. */
export function listCurations(database: Queryable, name: string, filter: CurationFilter = {}): Promise<Curation[]> {
  const { limit = null, standing = false, id = null } = filter;
  return database.query<Curation>(statement("loop/list-curations"), [name, limit, standing, id]);
}

/** Marks a line as undone. */
export async function markUndone(tx: Queryable, id: string, by: string | null): Promise<void> {
  await tx.query(statement("loop/undo-curation"), [id, by]);
}

/** Forgets the journal of an index. */
export async function deleteCurations(tx: Queryable, name: string): Promise<void> {
  await tx.query(statement("loop/delete-curations"), [name]);
}

/** Takes wordings, or negative questions, of one row away, where it still has them; returns how many. */
export async function takeBack(
  tx: Queryable,
  name: string,
  key: Key,
  wordings: readonly string[],
  isNegative: boolean,
): Promise<number> {
  const text = isNegative ? statement("loop/take-back-negative") : statement("loop/take-back-alias");
  return (await tx.query(text, [name, wordings, key])).length;
}
