import type { Database } from "../../db/database.ts";
import { sqlState } from "../../db/failure.ts";
import { listIndexes } from "../../db/indexes/find-index.ts";
import { listFronts } from "../../db/indexes/front.ts";
import { refuseExtension, requireSchema } from "../../db/schema/migrate.ts";
import { lockName } from "../../db/statement/lock-name.ts";
import { dropRowView } from "../../db/entries/row-view.ts";
import { serverSettings, vectorExtension } from "../../db/schema/server-settings.ts";
import { createFunctions, dropFunctions, functionsHash } from "../../db/functions/functions.ts";
import { dropForgotten, dropStudent, listStudents, putStudent } from "../../db/functions/student.ts";
import { limitLockWait } from "../../db/statement/lock-wait.ts";
import { DEFAULT_MODEL, loadModel, type ModelPackage } from "../../embed/model-package.ts";
import { LtdError } from "../../errors.ts";
import { installModel } from "../install-model.ts";
import { followIndex, showRows } from "./show-rows.ts";
import { functionParts, numbersOf, studentOf } from "./student-of.ts";

/** A model whose student is installed in the database. */
export interface SqlStudent {
  model: string;
  /** What its tables take on the disk, with their indexes. */
  bytes: number;
}

/** What {@link installSql} did. */
export interface SqlInstallResult {
  students: readonly SqlStudent[];
  /**
   * The views of rows that exist now. As long as one does, Postgres refuses to drop its table or a column of it, or to
   * change a column's type.
   */
  views: readonly { readonly index: string; readonly table: string }[];
  seconds: number;
}

/** Settings of {@link installSql}. */
export interface SqlInstallOptions {
  /** Ids or folders. Default: the models of the live indexes and fronts, or else the bundled default. */
  models?: readonly string[];
  /**
   * Also makes a view `ltd.<index>` of the rows of each index. Default false: views that are there are only brought up
   * to date.
   */
  views?: boolean;
}

/** What {@link sqlStatus} found. */
export interface SqlStatus {
  students: readonly (SqlStudent & {
    installedAt: Date;
    /** Whether its functions are those of this program. */
    isCurrent: boolean;
  })[];
  /** The live generation of each index, then each front, and whether the functions can embed for it. */
  indexes: readonly { index: string; model: string; isInstalled: boolean }[];
}

/**
 * Installs `ltd.embed`, `ltd.match` and `ltd.search` in the database, with the students they need. Run it again to
 * update both.
 *
 * Takes some seconds a student. Run it as the owner of schema ltd; no superuser is needed, and no extension but
 * pgvector.
 * @throws LtdError "database" for one that is not in UTF8, "model" for a student of an unknown shape
 */
export async function installSql(
  database: Database,
  { models = [], views: wantsViews = false }: SqlInstallOptions = {},
): Promise<SqlInstallResult> {
  const started = performance.now();
  await requireSchema(database);
  await refuseExtension(database);
  const { encoding } = await serverSettings(database);
  if (encoding !== "UTF8") {
    throw new LtdError("database", `the database is in ${encoding}: its functions cannot normalise Chinese text`, {
      hint: "use a database in UTF8",
    });
  }
  const schema = (await vectorExtension(database)).schema ?? "public";
  const live = [...new Set((await askedModels(database)).map(({ model }) => model))];
  const names = models.length > 0 ? models : live.length > 0 ? live : [DEFAULT_MODEL];
  const packages: ModelPackage[] = [];
  for (const name of names) packages.push(await loadModel(name));
  const students = packages.map((model) => ({ model, numbers: numbersOf(model) }));
  const parts = functionParts(schema);
  for (const { model } of students) await installModel(database, model);
  const put = (dropped: "none" | "of rows" | "all") =>
    database.transaction(async (tx) => {
      await lockName(tx, "ltd.sql");
      await limitLockWait(tx);
      await createFunctions(tx, parts, dropped);
      const before = await listStudents(tx);
      for (const { model, numbers } of students) {
        const former = before.find(({ modelId }) => modelId === model.description.id);
        await putStudent(tx, parts, studentOf(model), numbers, former);
      }
    });
  /** Goes on where an older version's function of the same parameters gives something else. */
  const orElse = (next: () => Promise<void>) => (error: unknown) => {
    if (sqlState(error) !== "42P13") throw error;
    return next();
  };
  await put("none").catch(orElse(() => put("of rows").catch(orElse(() => put("all")))));
  await dropForgotten(database);
  const show = wantsViews ? showRows : followIndex;
  const views: { index: string; table: string }[] = [];
  for (const index of await listIndexes(database)) {
    if (index.sourceExists && (await show(database, index)))
      views.push({ index: index.name, table: `${index.schema}.${index.table}` });
  }
  const installed = await listStudents(database);
  const wanted = new Set(packages.map(({ description }) => description.id));
  return {
    students: installed.flatMap(({ modelId, bytes }) => (wanted.has(modelId) ? [{ model: modelId, bytes }] : [])),
    views,
    seconds: (performance.now() - started) / 1000,
  };
}

/** Takes functions, students and views away again. The indexes stay as they are. */
export async function uninstallSql(database: Database): Promise<void> {
  await requireSchema(database);
  await refuseExtension(database);
  await database.transaction(async (tx) => {
    await limitLockWait(tx);
    await dropFunctions(tx);
    for (const index of await listIndexes(tx)) await dropRowView(tx, index);
    for (const student of await listStudents(tx)) await dropStudent(tx, student);
  });
  await dropForgotten(database);
}

/** Says which students are installed, and for which indexes one is missing. */
export async function sqlStatus(database: Database): Promise<SqlStatus> {
  await requireSchema(database);
  const students = await listStudents(database);
  const hash = functionsHash();
  const installed = new Set(students.map(({ modelId }) => modelId));
  return {
    students: students.map(({ modelId, bytes, installedAt, functions }) => ({
      model: modelId,
      bytes,
      installedAt,
      isCurrent: functions === hash,
    })),
    indexes: (await askedModels(database)).map((each) => ({ ...each, isInstalled: installed.has(each.model) })),
  };
}

/** The models with which indexes and fronts are asked. */
async function askedModels(database: Database): Promise<{ index: string; model: string }[]> {
  const indexes = await listIndexes(database);
  const fronts = await listFronts(database);
  return [
    ...indexes.map(({ name, modelId }) => ({ index: name, model: modelId })),
    ...fronts.map(({ name, fingerprint }) => ({ index: name, model: fingerprint.model })),
  ];
}
