import { LtdError } from "../../errors.ts";
import type { Matrix } from "../../vector/matrix.ts";
import type { Queryable } from "../database.ts";
import type { IndexRecord, Key } from "../index-record.ts";
import {
  entryKeyNames,
  entryTable,
  keyParameters,
  keyTypeNames,
  sameKey,
  wantedNames,
  wantedTable,
} from "../statement/key.ts";
import { joinSql, quoteName, type SqlText, sqlText } from "../statement/sql-text.ts";
import { requireName } from "../statement/name.ts";
import { statement } from "../statement/statement.ts";

/** A classifier as `ltd.classifier` keeps it. */
export interface ClassifierRecord {
  readonly name: string;
  readonly indexName: string;
  /** Id of the generation whose vectors it compares with. */
  readonly indexId: number;
  readonly method: "centroid" | "neighbours" | "logistic" | "joined";
  readonly classes: readonly string[];
  readonly examples: { readonly texts: readonly string[]; readonly labels: readonly string[] };
  /** As it was asked to learn. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly weights: Matrix;
  /** Lexemes that follow the vector, with their weights; null: it uses vectors alone. */
  readonly vocabulary: ReadonlyMap<string, { readonly dimension: number; readonly idf: number }> | null;
  readonly owners: readonly number[];
  readonly bias: readonly number[];
  readonly scale: number;
  readonly nearest: number | null;
  readonly threshold: number;
  readonly report: unknown;
  readonly trainedAt: Date;
}

/** What was said of a row. */
export interface RowClass {
  readonly key: Key;
  readonly label: string | null;
  readonly chance: number;
  /** Hash of the entry that was classified, as hexadecimal digits. */
  readonly hash: string;
}

/** Where the classes of rows are: `ltd."class_topic"`. */
function classTable(name: string): SqlText {
  return quoteName("ltd", `class_${name}`);
}

/**
 * Keeps a classifier in place of one of its name, and empties the table of what it has said. Throws LtdError "index"
 * for a name that cannot be one, or is another index's.
 */
export async function saveClassifier(
  tx: Queryable,
  index: IndexRecord,
  record: Omit<ClassifierRecord, "trainedAt" | "indexName" | "indexId">,
): Promise<void> {
  const { name, weights, vocabulary } = record;
  requireName("a classifier", name, "index");
  const [known] = await readClassifiers(tx, { name });
  if (known !== undefined && known.indexName !== index.name) {
    throw new LtdError("index", `the classifier ${name} already exists, for the index ${known.indexName}`, {
      hint: `choose another name, or drop it: ltd-index classify drop ${name}`,
    });
  }
  await tx.query(statement("results/save-classifier"), [
    name,
    index.name,
    index.id,
    record.method,
    record.classes,
    JSON.stringify(record.examples),
    JSON.stringify(record.options),
    record.owners,
    record.bias,
    Buffer.from(weights.data.buffer, weights.data.byteOffset, weights.data.byteLength),
    record.scale,
    record.nearest,
    record.threshold,
    JSON.stringify(record.report),
    vocabulary && [...vocabulary.keys()],
    vocabulary && Array.from(vocabulary.values(), ({ idf }) => idf),
  ]);
  // a worker may train again, but not create tables
  if (known === undefined) await createTable(tx, index, name);
  else await tx.query(statement("results/empty-classes", { table: classTable(name) }));
}

async function createTable(tx: Queryable, index: IndexRecord, name: string): Promise<void> {
  const names = entryKeyNames(index.key);
  const types = keyTypeNames(index);
  const columns = names.map((column, at) => sqlText`${column} ${types[at] ?? sqlText`text`} not null`);
  const parts = { table: classTable(name), key_columns: joinSql(columns), key_names: joinSql(names) };
  await tx.query(statement("results/create-class-table", parts));
}

type ClassifierRow = Omit<ClassifierRecord, "weights" | "vocabulary"> & {
  readonly numbers: Uint8Array;
  readonly lexemes: readonly string[] | null;
  readonly idfs: readonly number[] | null;
};

/** Classifiers by name: all, those of an index, or the one of a name. */
export async function readClassifiers(
  database: Queryable,
  { index, name }: { index?: string; name?: string } = {},
): Promise<ClassifierRecord[]> {
  const rows = await database.query<ClassifierRow>(statement("results/list-classifiers"), [
    index ?? null,
    name ?? null,
  ]);
  return rows.map(({ numbers, lexemes, idfs, ...row }) => {
    // a copy, aligned
    const data = new Float32Array(new Uint8Array(numbers).buffer);
    const vocabulary =
      lexemes && new Map(lexemes.map((lexeme, dimension) => [lexeme, { dimension, idf: idfs![dimension]! }]));
    const rows = row.owners.length;
    return { ...row, weights: { rows, dims: data.length / rows, data }, vocabulary };
  });
}

/**
 * The classifier of this name. Throws LtdError "index" that names those there are.
 *
 * @example
 * const database = await openDatabase();
 * const { classes, threshold } = await getClassifier(database, "intents");
 */
export async function getClassifier(database: Queryable, name: string): Promise<ClassifierRecord> {
  const [found] = await readClassifiers(database, { name });
  if (found !== undefined) return found;
  const names = (await readClassifiers(database)).map((classifier) => classifier.name);
  throw new LtdError("index", `there is no classifier ${JSON.stringify(name)}`, {
    hint:
      names.length === 0
        ? "train one: ltd-index classify train <index> <name> examples.csv"
        : `the classifiers are: ${names.join(", ")}`,
  });
}

/** Takes a classifier away, with all that it has said. */
export async function deleteClassifier(tx: Queryable, name: string): Promise<void> {
  await tx.query(statement("results/drop-class-table", { table: classTable(name) }));
  await tx.query(statement("results/delete-classifier"), [name]);
}

/** A condition on the entry `e`: the classifier has not seen it as it is. */
export function isUnseen(index: IndexRecord, name: string): SqlText {
  const same = sameKey(sqlText`c`, entryKeyNames(index.key), sqlText`e`, entryKeyNames(index.key));
  return sqlText`not exists (select from ${classTable(name)} c where ${same} and c.content_hash = e.content_hash)`;
}

/** Forgets what was said of rows that have no entry any more. */
export async function forgetClasses(tx: Queryable, index: IndexRecord, name: string): Promise<void> {
  const names = entryKeyNames(index.key);
  const same_key = sameKey(sqlText`c`, names, sqlText`e`, names);
  await tx.query(statement("results/forget-classes", { table: classTable(name), entry: entryTable(index), same_key }));
}

/** Keeps what is said of rows, in place of what was said before. */
export async function setClasses(
  tx: Queryable,
  index: IndexRecord,
  name: string,
  classes: readonly RowClass[],
): Promise<void> {
  if (classes.length === 0) return;
  const keys = keyParameters(
    index,
    classes.map(({ key }) => key),
  );
  const parts = {
    table: classTable(name),
    key_names: joinSql(entryKeyNames(index.key)),
    wanted_names: joinSql(wantedNames(index)),
    wanted: wantedTable(index, { label: sqlText`text[]`, chance: sqlText`real[]`, content_hash: sqlText`text[]` }),
  };
  await tx.query(statement("results/set-classes", parts), [
    ...keys,
    classes.map(({ label }) => label),
    classes.map(({ chance }) => chance),
    classes.map(({ hash }) => hash),
  ]);
}

/** Rows in each class, most first; null: it could not tell. */
export function countClasses(database: Queryable, name: string): Promise<{ label: string | null; rows: number }[]> {
  return database.query(statement("results/count-classes", { table: classTable(name) }));
}
