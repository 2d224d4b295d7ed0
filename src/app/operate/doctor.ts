import { setTimeout } from "node:timers/promises";
import type { Database } from "../../db/database.ts";
import { listIndexes } from "../../db/indexes/index-store.ts";
import { compareVersions } from "../../db/schema/compare-versions.ts";
import { OLDEST_VECTOR, requireSchema } from "../../db/schema/migrate.ts";
import { listModels } from "../../db/schema/model.ts";
import { notify, queueStatus } from "../../db/capture/queue.ts";
import {
  indexPrivileges,
  serverSettings,
  vectorExtension,
  type ServerSettings,
} from "../../db/schema/server-settings.ts";
import { hasAnotherShape } from "../../db/capture/look.ts";
import { graphBytes, MOST_BUILD_BYTES, SAFE_PARALLEL_BUILD, vectorIndexState } from "../../db/entries/vector-index.ts";
import { entryStatus } from "../../db/entries/entry-status.ts";
import { countWords } from "../../db/schema/word.ts";
import { loadModel, type ModelPackage } from "../../embed/model-package.ts";
import { LtdError } from "../../errors.ts";
import { waitingRows } from "../behind.ts";
import { problemsOf } from "../capture-problems.ts";
import { whyStale } from "../thresholds.ts";
import { sqlStatus } from "../functions/install.ts";
import type { Check, Say } from "./check.ts";
import { checkEngines } from "./doctor-engines.ts";

/**
 * Looks at all that an index depends on: server, pgvector, schema, model, privileges, memory, wake-ups, and every index with its queue.
 * Changes nothing.
 */
export async function doctor(database: Database, options: { model?: string | undefined } = {}): Promise<Check[]> {
  const checks: Check[] = [];
  const say: Say = (level, check, found, advice) => checks.push({ check, level, found, advice: advice ?? null });
  const settings = await serverSettings(database);
  checkServer(say, database, settings);
  await checkVector(say, database);
  const model = await checkModel(say, options.model);
  if (model !== undefined) await checkEngines(say, model);
  if (await hasSchema(say, database)) {
    if (model !== undefined) await checkKnownModel(say, database, model);
    await checkWakeUps(say, database);
    await checkFunctions(say, database);
    for (const index of await listIndexes(database)) {
      try {
        await checkIndex(say, database, settings, index);
      } catch (error) {
        if (!(error instanceof LtdError)) throw error;
        say("problem", `index ${index.name}`, error.message, error.hint);
      }
    }
  }
  return checks;
}

function checkServer(say: Say, database: Database, settings: ServerSettings): void {
  const { version, encoding, inRecovery, readOnly, replicationRole, role, isSuperuser, mayCreate, limits } = settings;
  say(
    "ok",
    "server",
    `PostgreSQL ${version}${database.kind === "embedded" ? ", embedded, locked for this process" : ""}`,
  );
  if (inRecovery)
    say("problem", "standby", "this server is a standby: it can be read only", "use the primary's address");
  else if (readOnly)
    say("problem", "read only", "default_transaction_read_only is on", "use a role or database where it is off");
  if (encoding !== "UTF8")
    say(
      "warning",
      "encoding",
      `the database is in ${encoding}: not every Chinese character fits`,
      "use a database in UTF8",
    );
  if (replicationRole !== "origin") {
    const told = `session_replication_role is ${replicationRole}`;
    say("warning", "replication role", told, "only triggers that are enabled for it fire; ours are, and must stay so");
  } else say("ok", "replication role", "origin");
  say(
    "ok",
    "role",
    `${role}${isSuperuser ? ", a superuser" : mayCreate ? ", may create in this database" : ", may not create in this database"}`,
    ...(isSuperuser ? ["a superuser is not needed: see docs/roles.md"] : []),
  );
  const ending = limits.find((limit) => limit.startsWith("statement_timeout"));
  if (limits.length > 0)
    say(
      "warning",
      "limits",
      `${limits.join(", ")}: a question that takes longer is ended; sync, verify and index builds are not`,
      `alter role ${role} set ${(ending ?? limits[0]!).split(" ")[0]} = 0, if questions are ended`,
    );
}

async function checkVector(say: Say, database: Database): Promise<void> {
  const { installed, available } = await vectorExtension(database);
  const version = installed ?? available;
  if (version === null)
    return say("problem", "pgvector", "this server has no pgvector", "install pgvector 0.8.4 or newer on the server");
  if (compareVersions(version, OLDEST_VECTOR) < 0)
    return say(
      "problem",
      "pgvector",
      `${version}; ${OLDEST_VECTOR} or newer is needed`,
      "upgrade pgvector on the server",
    );
  if (installed === null)
    return say("warning", "pgvector", `${version}, not yet in this database`, "run `ltd-index init`");
  if (compareVersions(version, SAFE_PARALLEL_BUILD) < 0) {
    return say(
      "warning",
      "pgvector",
      `${version}: parallel index builds of versions before ${SAFE_PARALLEL_BUILD} can read or write past a buffer (CVE-2026-3172); ltd-index builds with one process`,
      `upgrade pgvector to ${SAFE_PARALLEL_BUILD}, then \`alter extension vector update\``,
    );
  }
  say("ok", "pgvector", version);
}

async function checkModel(say: Say, name: string | undefined): Promise<ModelPackage | undefined> {
  try {
    const model = await loadModel(name);
    say("ok", "model", `${model.description.id}, ${model.description.dims} dimensions, checksums right`);
    return model;
  } catch (error) {
    if (!(error instanceof LtdError)) throw error;
    say("problem", "model", error.message, error.hint);
    return undefined;
  }
}

async function hasSchema(say: Say, database: Database): Promise<boolean> {
  try {
    const version = await requireSchema(database);
    say("ok", "schema", `ltd, version ${version}`);
    return true;
  } catch (error) {
    if (!(error instanceof LtdError)) throw error;
    say("problem", "schema", error.message, error.hint);
    return false;
  }
}

async function checkKnownModel(say: Say, database: Database, model: ModelPackage): Promise<void> {
  const { id } = model.description;
  const known = (await listModels(database)).find((model) => model.id === id);
  if (known === undefined) return say("warning", "model", `the database does not know ${id}`, "run `ltd-index init`");
  if (known.sha256 !== model.fingerprint)
    return say(
      "problem",
      "model",
      `the database knows another model as ${id}`,
      "use the ltd-index that it was filled with",
    );
  const words = await countWords(database, id);
  if (words !== model.words.length)
    say("problem", "words", `${words} words of ${model.words.length} are in ltd.word`, "run `ltd-index init`");
  else say("ok", "words", `${words} words in ltd.word`);
}

/** Whether functions that were installed still fit the indexes and this program. */
async function checkFunctions(say: Say, database: Database): Promise<void> {
  const { students, indexes } = await sqlStatus(database);
  if (students.length === 0) return;
  const missing = indexes.filter(({ isInstalled }) => !isInstalled).map(({ index, model }) => `${index} (${model})`);
  const former = students.filter(({ isCurrent }) => !isCurrent).map(({ model }) => model);
  if (missing.length > 0)
    say("problem", "functions", `no student is installed for ${missing.join(", ")}`, "run `ltd-index sql install`");
  else if (former.length > 0)
    say("warning", "functions", `${former.join(", ")}: made by another version`, "run `ltd-index sql install`");
  else say("ok", "functions", `${students.map(({ model }) => model).join(", ")}: ltd.embed, ltd.match, ltd.search`);
}

/** Whether a NOTIFY arrives: behind a transaction-mode pooler it does not. */
async function checkWakeUps(say: Say, database: Database): Promise<void> {
  const arrived = new AbortController();
  const unlisten = await database.listen("ltd_doctor", () => arrived.abort());
  try {
    await notify(database, "ltd_doctor", "x");
    await setTimeout(2_000, undefined, { signal: arrived.signal }).catch(() => {});
  } finally {
    await unlisten();
  }
  if (arrived.signal.aborted) return say("ok", "notify", "arrives: watch wakes at once");
  say(
    "warning",
    "notify",
    "does not arrive, as behind a transaction-mode pooler",
    "watch looks every few seconds: --poll",
  );
}

async function checkIndex(
  say: Say,
  database: Database,
  settings: ServerSettings,
  index: Awaited<ReturnType<typeof listIndexes>>[number],
): Promise<void> {
  const name = `index ${index.name}`;
  if (!index.sourceExists) {
    return say(
      "problem",
      name,
      `its table ${index.schema}.${index.table} was dropped`,
      `ltd-index remove ${index.name}`,
    );
  }
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
  for (const problem of await problemsOf(database, index)) {
    say("problem", name, problem, `ltd-index verify ${index.name} --repair`);
  }
  if (await hasAnotherShape(database, index)) {
    const told = `columns or file of ${table} are others than when its rows were last queued: entries may be of other texts`;
    say("problem", name, told, `ltd-index sync ${index.name} looks at all rows`);
  }
  const stale = whyStale(index);
  if (stale !== null) say("warning", name, stale, `run \`ltd-index calibrate ${index.name}\` again`);
  if (!mayWork) return;
  const queue = await queueStatus(database, index);
  const { failed, oldestSeconds, lastError } = queue;
  const waiting = waitingRows(queue);
  if (failed > 0)
    say(
      "warning",
      name,
      `${failed} rows were given up: ${lastError}`,
      `ltd-index failed ${index.name}, then ltd-index retry`,
    );
  const lag = oldestSeconds === null ? "" : `, the oldest for ${Math.round(oldestSeconds)} s`;
  say(
    (oldestSeconds ?? 0) > 3600 ? "warning" : "ok",
    name,
    `${waiting} rows wait${lag}`,
    ...((oldestSeconds ?? 0) > 3600 ? ["is a worker running? ltd-index watch, or ltd-index sync from cron"] : []),
  );
  const { indexed } = await entryStatus(database, index);
  const state = await vectorIndexState(database, index);
  if (state !== "valid" && waiting === 0)
    say("problem", name, `the vector index is ${state}`, `ltd-index sync ${index.name} builds it`);
  const needed = graphBytes(indexed, index.dims);
  const megabytes = Math.ceil(needed / 2 ** 20);
  if (needed > Math.max(settings.maintenanceBytes, MOST_BUILD_BYTES))
    say(
      "warning",
      "memory",
      `the graph of ${name} takes ${megabytes} MB, maintenance_work_mem is ${settings.maintenanceMemory} (ltd-index asks for 512MB at most)`,
      `alter role … set maintenance_work_mem = '${megabytes}MB', if the server has so much`,
    );
}
