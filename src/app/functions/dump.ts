import {
  closingScript,
  functionScript,
  modelScript,
  openingScript,
  schemaScript,
  studentScript,
  VECTOR_SCHEMA,
} from "../../db/functions/script.ts";
import { listMigrations } from "../../db/schema/migrate.ts";
import { DEFAULT_MODEL, loadModel } from "../../embed/model-package.ts";
import { packageVersion } from "../../package-root.ts";
import { wordsOf } from "../install-model.ts";
import { functionParts, numbersOf, studentOf } from "./student-of.ts";

/** Settings of {@link dumpSql}. */
export interface SqlDumpOptions {
  /** Ids or folders. Default: the bundled default. */
  models?: readonly string[];
}

/**
 * Writes the whole index as one SQL script: schema ltd, models and functions.
 *
 * It is for `psql -f` on PostgreSQL 15 or newer with pgvector, some 20 MB, and needs no database to be written. Run
 * again, it brings a database up to date. Yields its statements, each with what ends it.
 *
 * @throws {LtdError} "model" for a student of an unknown shape
 */
export async function* dumpSql(options: SqlDumpOptions = {}): AsyncGenerator<string> {
  yield openingScript(packageVersion(), "opening.psql");
  for await (const each of bodyStatements(options)) yield `${each};\n`;
  yield `commit;\n${closingScript().dropForgotten};\n`;
}

/** The ids of the models of a script. */
export async function modelIds({ models = [] }: SqlDumpOptions): Promise<string[]> {
  const names = models.length > 0 ? models : [DEFAULT_MODEL];
  return Promise.all(names.map(async (name) => (await loadModel(name)).description.id));
}

/**
 * The statements of such a script inside of its transaction.
 *
 * @param isFile false: they are those of the extension
 */
export async function* bodyStatements({ models = [] }: SqlDumpOptions, isFile = true): AsyncGenerator<string> {
  const parts = functionParts(VECTOR_SCHEMA);
  yield* schemaScript(listMigrations(), isFile);
  yield* functionScript(parts);
  for (const name of models.length > 0 ? models : [DEFAULT_MODEL]) {
    const model = await loadModel(name);
    const { description, fingerprint } = model;
    const record = {
      id: description.id,
      sha256: fingerprint,
      dims: description.dims,
      maxChars: description.text.maxChars,
    };
    yield* modelScript(record, wordsOf(model));
    yield* await studentScript(parts, studentOf(model), numbersOf(model));
  }
  yield* closingScript().close;
}
