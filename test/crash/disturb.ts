import { setTimeout } from "node:timers/promises";
import type { Database } from "../../src/db/database.ts";
import { LtdError } from "../../src/errors.ts";

/** A role as docs/roles.md has it: it owns nothing, and policies hold for it. */
const WORKER = "ltd_crash_worker";

/** Tables and indexes that are disturbed; run it before `add`. */
export const DISTURBED_TABLES = `
  create table born (id int primary key, title text);
  insert into born select n, '第' || n || '行' from generate_series(1, 50) n;
  create table family (id int primary key, title text) partition by range (id)`;

/** A condition that fails where `views` is 3, 7, 11, …: division by zero. */
export const FAILING_FILTER = "100 / ((views + 1) % 4) > 0";

/** Makes the role and gives it what docs/roles.md says; returns the URL with which it connects. */
export async function makeWorkerRole(database: Database, url: string): Promise<string> {
  await database.script(`create role ${WORKER} login password 'secret'; grant usage on schema ltd to ${WORKER};
    grant select, insert, update, delete on all tables in schema ltd to ${WORKER};
    grant usage on all sequences in schema ltd to ${WORKER};
    alter default privileges in schema ltd grant select, insert, update, delete on tables to ${WORKER};
    grant select on faq, born, family to ${WORKER}`);
  const own = new URL(url);
  [own.username, own.password] = [WORKER, "secret"];
  return own.href;
}

/**
 * Hides all rows of `faq` from the workers by row-level security, for moments, and makes `born` a partition and a table again, with changes
 * through its parent, until it is told to stop. Afterwards nothing is hidden, and `born` is a partition.
 */
export async function disturb(
  database: Database,
  random: () => number,
  isGoing: () => boolean,
  onDone: () => void,
): Promise<void> {
  const steps = [
    "alter table faq enable row level security",
    "alter table faq disable row level security",
    "alter table family attach partition born for values from (0) to (10000)",
    "update family set title = title || '？' where id % 7 = 1; delete from family where id = 3; insert into family values (3, '新的')",
    "alter table family detach partition born",
  ];
  for (let at = 0; isGoing(); at++) {
    if (await attempt(database, steps[at % steps.length]!)) onDone();
    await setTimeout(random() * 400);
  }
  // in whatever state it was left; the server may still be starting
  while (!(await attempt(database, steps[1]!))) await setTimeout(200);
  do await attempt(database, steps[2]!);
  while (!(await attempt(database, steps[3]!)));
}

/** Whether it succeeded: the server can be away, or in another state than this step is for. */
async function attempt(database: Database, sql: string): Promise<boolean> {
  try {
    await database.script(sql);
    return true;
  } catch (error) {
    if (!(error instanceof LtdError && error.code === "database")) throw error;
    return false;
  }
}
