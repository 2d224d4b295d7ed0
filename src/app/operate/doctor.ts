import { checkIndex } from "./doctor-index.ts";
import { setTimeout } from "node:timers/promises";
import type { Database } from "../../db/database.ts";
import { listIndexes } from "../../db/indexes/find-index.ts";
import { listFronts } from "../../db/indexes/front.ts";
import { listKept } from "../../db/indexes/kept.ts";
import { compareVersions } from "../../db/schema/compare-versions.ts";
import { OLDEST_VECTOR, requireSchema } from "../../db/schema/migrate.ts";
import { broadReaders } from "../../db/schema/reader.ts";
import { anotherModel, listModels } from "../../db/schema/model.ts";
import { notify } from "../../db/capture/queue.ts";
import { serverSettings, vectorExtension, type ServerSettings } from "../../db/schema/server-settings.ts";
import { SAFE_PARALLEL_BUILD } from "../../db/entries/vector-index.ts";
import { countWords } from "../../db/schema/word.ts";
import { loadModel, type ModelPackage } from "../../embed/model-package.ts";
import { LtdError } from "../../errors.ts";
import { sqlStatus } from "../functions/install.ts";
import type { Check, Say } from "./check.ts";
import { checkEngines } from "./doctor-engines.ts";
import { checkFront } from "./doctor-front.ts";

/**
 * Checks everything that an index depends on. That is the server, pgvector, schema, model, privileges, memory,
 * wake-ups, and every index with its queue. Changes nothing.
 * @example
 * const database = await openDatabase();
 * for (const { level, check, found } of await doctor(database)) console.log(level, check, found);
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
    // a standby takes no LISTEN, and no worker can write to it
    if (!settings.inRecovery) await checkWakeUps(say, database);
    await checkFunctions(say, database);
    await checkReaders(say, database);
    if (settings.mayReadKept) await checkKept(say, database);
    for (const index of await listIndexes(database)) {
      try {
        await checkIndex(say, database, settings, index, model?.description.id);
      } catch (error) {
        if (!(error instanceof LtdError)) throw error;
        say("problem", `index ${index.name}`, error.message, error.hint);
      }
    }
    for (const front of await listFronts(database)) await checkFront(say, database, front);
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
      `${limits.join(", ")}: a longer question is cancelled; sync, verify and index builds are not`,
      `alter role ${role} set ${(ending ?? limits[0]!).split(" ")[0]} = 0, if questions are cancelled`,
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
      `the database has another model with the id ${id}`,
      anotherModel(id, known.sha256, model.fingerprint).hint,
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
    say("warning", "functions", `${former.join(", ")}: installed by another version`, "run `ltd-index sql install`");
  else say("ok", "functions", `${students.map(({ model }) => model).join(", ")}: ltd.embed, ltd.match, ltd.search`);
}

/** Roles that were granted all of schema ltd for reading. */
async function checkReaders(say: Say, database: Database): Promise<void> {
  for (const role of await broadReaders(database)) {
    say(
      "problem",
      "readers",
      `the role ${role} can read all tables of schema ltd: also keys, words and errors of rows that are hidden from it`,
      `revoke select on all tables in schema ltd from ${role}, then ltd-index grant reader <index> to ${role}`,
    );
  }
}

/** What `remove --keep` has left for an index that was not added again. */
async function checkKept(say: Say, database: Database): Promise<void> {
  for (const { name, aliases, negatives, weights } of await listKept(database))
    say(
      "ok",
      "kept",
      `of the removed index ${name}: ${aliases} aliases, ${negatives} negative questions, ${weights} word weights`,
      `ltd-index add … --name ${name} takes them over, ltd-index remove ${name} deletes them`,
    );
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
    "watch polls every few seconds: --poll",
  );
}
