import { setTimeout as pause } from "node:timers/promises";
import { copyBinary } from "../connect/copy-binary.ts";
import type { Database, Queryable } from "../database.ts";
import { sqlState } from "../failure.ts";
import type { FunctionParts } from "./function-parts.ts";
import { JUDGE_TABLES, judgeFunctions, putJudge, type NewJudge } from "./judge.ts";
import { keepGrants } from "../statement/grants.ts";
import { joinSql, quoteIdentifier, quoteName, type SqlText, sqlText } from "../statement/sql-text.ts";
import { statement } from "../statement/statement.ts";
import { batchStatement } from "./student-batch.ts";
import { GATES, partsOf, UNIT_ROWS, type StudentNumbers, type StudentPart } from "./student-parts.ts";
import { limitLockWait } from "../statement/lock-wait.ts";

/** A student that is installed in a database. */
export interface InstalledStudent {
  readonly id: number;
  readonly modelId: string;
  /** Hash of the functions that it was installed with. */
  readonly functions: string;
  readonly installedAt: Date;
  /** What its tables and their indexes take on the disk. */
  readonly bytes: number;
}

/** What functions in the database need to know of a student, besides its numbers. */
export interface NewStudent {
  readonly modelId: string;
  readonly maxChars: number;
  readonly smoothing: number;
  /** Sum and least of the frequencies of the model's words, and characters of the longest. */
  readonly total: number;
  readonly rarest: number;
  readonly longest: number;
  readonly unknownIdf: number;
  readonly thresholds: { readonly answer: number; readonly suggest: number };
  readonly functions: string;
  /** Undefined: the student decides by similarity. */
  readonly judge: NewJudge | undefined;
}

/** Puts the rows of a part into its table. */
export type LoadPart = (tx: Queryable, part: StudentPart, table: SqlText) => Promise<void>;

/** The students of a database, in the order in which they were installed. */
export async function listStudents(database: Queryable): Promise<InstalledStudent[]> {
  const rows = await database.query<Omit<InstalledStudent, "bytes"> & { bytes: string }>(
    statement("functions/list-students"),
  );
  return rows.map((row) => ({ ...row, bytes: Number(row.bytes) }));
}

/**
 * Loads a student and makes the function that computes it, in the place of `former`. Run it in a transaction.
 *
 * What was granted on the former's tables is granted on the new ones; the old ones stay for sessions that read them at
 * this moment: see {@link dropForgotten}.
 */
export async function putStudent(
  tx: Queryable,
  parts: FunctionParts,
  student: NewStudent,
  numbers: StudentNumbers,
  former: Pick<InstalledStudent, "id"> | undefined,
): Promise<void> {
  if (former === undefined) {
    await addStudent(tx, parts, student, numbers);
    return;
  }
  await tx.query(statement("functions/delete-student"), [former.id]);
  const prefix = `student_${former.id}`;
  let id = 0;
  await keepGrants(
    tx,
    [prefix, ...["batch", ...PART_NAMES, ...JUDGE_TABLES].map((name) => `${prefix}_${name}`)],
    async () => (id = await addStudent(tx, parts, student, numbers)),
    (name) => name.replace(prefix, `student_${id}`),
  );
}

/**
 * Drops the tables of students that were replaced. Waits until the transactions have ended that may still need them,
 * for at most five seconds. What a session still reads stays for the next time.
 */
export async function dropForgotten(database: Database): Promise<void> {
  const forgotten = await database.query<{ id: number }>(statement("functions/list-forgotten-students"));
  if (forgotten.length === 0) return;
  const open = async () => {
    const rows = await database.query<{ transaction: string }>(statement("functions/list-transactions"));
    return new Set(rows.map(({ transaction }) => transaction));
  };
  const until = performance.now() + 5_000;
  let older = await open();
  while (older.size > 0 && performance.now() < until) {
    await pause(20);
    const still = await open();
    older = new Set([...older].filter((each) => still.has(each)));
  }
  try {
    await database.transaction(async (tx) => {
      await limitLockWait(tx);
      for (const student of forgotten) await dropStudent(tx, student);
    });
  } catch (error) {
    if (sqlState(error) !== "55P03") throw error;
  }
}

/** @returns its id */
async function addStudent(
  tx: Queryable,
  parts: FunctionParts,
  student: NewStudent,
  numbers: StudentNumbers,
): Promise<number> {
  const [added] = await tx.query<{ id: number }>(statement("functions/add-student"), [studentRecord(student)]);
  await buildStudent(tx, parts, added!.id, student, numbers, copyPart);
  return added!.id;
}

/** The record of a student, as JSON. */
export function studentRecord({ modelId, maxChars, unknownIdf, thresholds, judge, ...rest }: NewStudent): string {
  return JSON.stringify({
    ...rest,
    model_id: modelId,
    max_chars: maxChars,
    unknown_idf: unknownIdf,
    answer_threshold: thresholds.answer,
    suggest_threshold: thresholds.suggest,
    has_judge: judge !== undefined,
  });
}

/** Makes the tables and functions of a student under its number. */
export async function buildStudent(
  tx: Queryable,
  parts: FunctionParts,
  id: number,
  { judge }: Pick<NewStudent, "judge">,
  numbers: StudentNumbers,
  load: LoadPart,
): Promise<void> {
  const { vectorSchema } = parts;
  const halfvec = quoteName(vectorSchema, "halfvec");
  const table = (name: string) => partTable({ id }, name);
  for (const part of partsOf(numbers)) {
    await createTable(tx, table(part.name), part, halfvec, sqlText`plain`);
    await load(tx, part, table(part.name));
    await tx.query(sqlText`analyze ${table(part.name)}`);
  }
  await gatherUnits(tx, table, numbers.hidden, halfvec);
  const inputs = numbers.gates.dims - numbers.hidden - 1;
  await tx.query(
    statement("functions/student", {
      function: studentFunction({ id }),
      vector: quoteName(vectorSchema, "vector"),
      halfvec,
      vector_schema: quoteIdentifier(vectorSchema),
      hidden: sqlText`${numbers.hidden}`,
      inputs: sqlText`${inputs}`,
      character_table: table("character"),
      word_table: table("word"),
      unit_table: table("unit"),
      hidden_table: table("hidden"),
      output_table: table("output"),
    }),
  );
  await tx.query(batchStatement(batchFunction({ id }), { vectorSchema, hidden: numbers.hidden, inputs, table }));
  if (judge !== undefined) await putJudge(tx, parts, id, judge);
}

/** Creates a table of a student, empty. */
async function createTable(
  tx: Queryable,
  table: SqlText,
  { key, vectors }: Pick<StudentPart, "key" | "vectors">,
  type: SqlText,
  storage: SqlText,
): Promise<void> {
  const columns = vectors.map(quoteIdentifier);
  await tx.query(
    statement("functions/create-student-table", {
      table,
      key,
      vectors: joinSql(columns.map((column) => sqlText`${column} ${type} not null`)),
    }),
  );
  const actions = joinSql(columns.map((column) => sqlText`alter column ${column} set storage ${storage}`));
  await tx.query(statement("functions/set-student-storage", { table, actions }));
}

/** Gathers the loaded rows of the units into the table that the function reads: an array for each gate. */
async function gatherUnits(
  tx: Queryable,
  table: (name: string) => SqlText,
  hidden: number,
  halfvec: SqlText,
): Promise<void> {
  const key = sqlText`direction integer`;
  // weights do not compress: PostgreSQL need not try
  await createTable(tx, table("unit"), { key, vectors: GATES }, sqlText`${halfvec}[]`, sqlText`external`);
  await tx.query(
    statement("functions/gather-units", {
      table: table("unit"),
      unit_rows: table(UNIT_ROWS),
      hidden: sqlText`${hidden}`,
    }),
  );
  await tx.query(statement("functions/drop-student-table", { table: table(UNIT_ROWS) }));
  await tx.query(sqlText`analyze ${table("unit")}`);
}

async function copyPart(tx: Queryable, { vectors, rows }: StudentPart, table: SqlText): Promise<void> {
  const data = copyBinary(rows, 1 + vectors.length, (out, [of, ...values]) => {
    if (typeof of === "number") out.int4(of);
    else out.text(of);
    for (const each of values) out.halfvec(each);
  });
  await tx.copyIn(statement("functions/copy-student", { table }), data);
}

/** Takes a student away. Run it in a transaction. */
export async function dropStudent(tx: Queryable, student: Pick<InstalledStudent, "id">): Promise<void> {
  await tx.query(statement("functions/delete-student"), [student.id]);
  for (const each of [studentFunction(student), batchFunction(student), ...judgeFunctions(student.id)])
    await tx.query(statement("functions/drop-student-function", { function: each }));
  for (const name of [...PART_NAMES, ...JUDGE_TABLES])
    await tx.query(statement("functions/drop-student-table", { table: partTable(student, name) }));
}

const PART_NAMES = ["unit", "hidden", "output", "character", "word"] as const;

function partTable(student: Pick<InstalledStudent, "id">, name: string): SqlText {
  return quoteName("ltd", `student_${student.id}_${name}`);
}

function studentFunction(student: Pick<InstalledStudent, "id">): SqlText {
  return quoteName("ltd", `student_${student.id}`);
}

/** The function of many texts. */
function batchFunction(student: Pick<InstalledStudent, "id">): SqlText {
  return quoteName("ltd", `student_${student.id}_batch`);
}
