import type { IndexRecord } from "../../db/index-record.ts";
import type { Database } from "../../db/database.ts";
import { queueStatus } from "../../db/capture/queue-status.ts";
import { indexPrivileges, type ServerSettings } from "../../db/schema/server-settings.ts";
import { requireUnchanged } from "../../db/source/source-error.ts";
import { absentModel } from "../../embed/model-package.ts";
import { LtdError } from "../../errors.ts";
import { hasAnotherShape } from "../../db/capture/look.ts";
import { graphBytes, MOST_BUILD_BYTES, vectorIndexState } from "../../db/entries/vector-index.ts";
import { entryStatus } from "../../db/entries/entry-status.ts";
import { waitingRows } from "../behind.ts";
import { problemsOf } from "../capture-problems.ts";
import { describeCalibration, FEWEST_CHECKED_ROWS, whyStale } from "../thresholds.ts";
import type { Say } from "./check.ts";

/**
 * Looks at one index: its model, rights, capture, thresholds, queue and vector index.
 *
 * @param given id of the model that doctor was given
 */
export async function checkIndex(
  say: Say,
  database: Database,
  settings: ServerSettings,
  index: IndexRecord,
  given: string | undefined,
): Promise<void> {
  const name = `index ${index.name}`;
  if (!index.sourceExists) {
    return say(
      "problem",
      name,
      `its table ${index.schema}.${index.table} was dropped`,
      `ltd-index remove ${index.name} --keep, then ltd-index add: --keep keeps aliases, weights and thresholds`,
    );
  }
  const absent = index.modelId === given ? undefined : absentModel(index.modelId);
  if (absent !== undefined) say("warning", name, absent.message, absent.hint);
  const mayWork = await checkRights(say, database, settings, index);
  await checkCapture(say, database, index);
  const stale = whyStale(index);
  if (stale !== null) say("warning", name, stale, `run \`ltd-index calibrate ${index.name}\` again`);
  if (mayWork) await checkWork(say, database, settings, index);
}

/** What the role may do; returns whether it may work. */
async function checkRights(
  say: Say,
  database: Database,
  settings: ServerSettings,
  index: IndexRecord,
): Promise<boolean> {
  const name = `index ${index.name}`;
  const { mayRead, hasHiddenRows, ownsSource, mayWork, mayBuild } = await indexPrivileges(database, index);
  const table = `${index.schema}.${index.table}`;
  if (!mayRead) say("problem", name, `this role may not read ${table}`, `grant select on ${table} to …`);
  if (hasHiddenRows && mayWork)
    say(
      "problem",
      name,
      `row-level security hides rows of ${table} from the role ${settings.role}: it cannot sync, verify or export`,
      `alter role ${settings.role} bypassrls, or let the owner of the table do it`,
    );
  if (!mayWork) say("warning", name, "this role may match, but not sync", "see docs/roles.md: worker");
  else if (!mayBuild)
    say("warning", name, "this role may sync, but not build the vector index", "let its owner run sync once");
  if (!ownsSource) say("ok", name, `this role does not own ${table}: it cannot repair triggers`);
  return mayWork;
}

/** Whether all changes are seen. */
async function checkCapture(say: Say, database: Database, index: IndexRecord): Promise<void> {
  const name = `index ${index.name}`;
  const table = `${index.schema}.${index.table}`;
  for (const problem of await problemsOf(database, index)) {
    say("problem", name, problem, `ltd-index verify ${index.name} --repair`);
  }
  try {
    requireUnchanged(index);
  } catch (error) {
    // sync would end with it
    if (!(error instanceof LtdError)) throw error;
    return say("problem", name, error.message, ...(error.hint === undefined ? [] : [error.hint]));
  }
  if (await hasAnotherShape(database, index)) {
    const told = `columns or file of ${table} have changed since its rows were last queued: entries may be stale`;
    say("problem", name, told, `ltd-index sync ${index.name} looks at all rows`);
  }
}

/** Queue, vector index and its memory, of a role that may work. */
async function checkWork(say: Say, database: Database, settings: ServerSettings, index: IndexRecord): Promise<void> {
  const name = `index ${index.name}`;
  const queue = await queueStatus(database, index);
  const { failed, oldestSeconds, lastError } = queue;
  const waiting = waitingRows(queue);
  if (failed > 0)
    say(
      "warning",
      name,
      `${failed} rows failed too often: ${lastError}`,
      `ltd-index failed ${index.name}, then ltd-index retry`,
    );
  const lag = oldestSeconds === null ? "" : `, the oldest for ${Math.round(oldestSeconds)} s`;
  say(
    (oldestSeconds ?? 0) > 3600 ? "warning" : "ok",
    name,
    `${waiting} rows are waiting${lag}`,
    ...((oldestSeconds ?? 0) > 3600 ? ["is a worker running? ltd-index watch, or ltd-index sync from cron"] : []),
  );
  const { indexed } = await entryStatus(database, index);
  const state = await vectorIndexState(database, index);
  if (describeCalibration(index) === null && state === "valid" && indexed >= FEWEST_CHECKED_ROWS)
    say("ok", name, "its thresholds are the model's, never checked on its rows", `ltd-index calibrate ${index.name}`);
  if (state !== "valid" && waiting === 0)
    say("problem", name, `the vector index is ${state}`, `ltd-index sync ${index.name} builds it`);
  const needed = graphBytes(indexed, index);
  const megabytes = Math.ceil(needed / 2 ** 20);
  if (needed > Math.max(settings.maintenanceBytes, MOST_BUILD_BYTES))
    say(
      "warning",
      "memory",
      `the graph of ${name} takes ${megabytes} MB, maintenance_work_mem is ${settings.maintenanceMemory} (ltd-index asks for 512MB at most)`,
      `alter role … set maintenance_work_mem = '${megabytes}MB', if the server has that much memory`,
    );
}
