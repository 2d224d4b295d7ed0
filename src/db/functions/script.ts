import { readFileSync } from "node:fs";
import { packageRoot } from "../../package-root.ts";
import { recordStatements } from "../statement/record-statements.ts";
import { joinSql, quoteIdentifier, quoteLiteral, quoteName, type SqlText, sqlText } from "../statement/sql-text.ts";
import { withoutName } from "../statement/own.ts";
import { statement, statementSource } from "../statement/statement.ts";
import type { Migration } from "../schema/migrate.ts";
import type { ModelRecord } from "../schema/model.ts";
import type { Word } from "../schema/word.ts";
import type { FunctionParts } from "./function-parts.ts";
import { dropStatement, functionNames, functionsHash, functionStatements } from "./functions.ts";
import { packRow } from "./packed-row.ts";
import { buildStudent, studentRecord, type LoadPart, type NewStudent } from "./student.ts";
import type { StudentNumbers } from "./student-parts.ts";

/** Stands for the schema of pgvector in a script: it is known where the script runs. */
export const VECTOR_SCHEMA = "ltd-vector";
const vectorSchema = quoteIdentifier(VECTOR_SCHEMA);

/** Characters of rows in one statement. */
const TOGETHER = 250_000;

/** What a file begins with, or all of the control file: the lines with a backslash are for psql. */
export function openingScript(
  version: string,
  file: "opening.psql" | "opening-extension.psql" | "ltd_index.control",
): string {
  return readFileSync(new URL(`sql/dump/${file}`, packageRoot), "utf8").replaceAll("{version}", version);
}

/** Marks the tables of the extension whose rows pg_dump writes. Its script holds these models. */
export function markStatement(models: readonly string[]): string {
  const others = (column: string): SqlText =>
    quoteLiteral(`where ${column} not in (${models.map(quoteLiteral).join(", ")})`);
  return withoutName(statement("dump/mark-config", { other_models: others("id"), other_words: others("model_id") }));
}

/** The statements that bring schema ltd up to date, whatever version it has. */
export function schemaScript(migrations: readonly (Migration & { text: string })[], isFile: boolean): string[] {
  const hashes = joinSql(migrations.map(({ sha256 }) => quoteLiteral(sha256)));
  return [
    statement("dump/check", {
      newest: sqlText`${migrations.length}`,
      hashes,
      is_file: isFile ? sqlText`true` : sqlText`false`,
    }),
    ...migrations.map(({ version, name, text, sha256 }) =>
      statement("dump/migrate", {
        text: quoteLiteral(text),
        version: sqlText`${version}`,
        name: quoteLiteral(name),
        sha256: quoteLiteral(sha256),
      }),
    ),
    statement("dump/create-run", { vector_schema: vectorSchema }),
    ...[
      statement("dump/create-numbers", { vector: quoteName(VECTOR_SCHEMA, "vector") }),
      statement("dump/create-vector", {
        vector_schema: vectorSchema,
        vector: quoteName(VECTOR_SCHEMA, "vector"),
        halfvec: quoteName(VECTOR_SCHEMA, "halfvec"),
      }),
      statement("dump/create-load"),
      statement("dump/create-words"),
    ].map(runStatement),
  ].map(withoutName);
}

/** The statements that record a model and its words. */
export function modelScript({ id, sha256, dims, maxChars }: ModelRecord, words: readonly Word[]): string[] {
  const record = statement("dump/register-model", {
    id: quoteLiteral(id),
    sha256: quoteLiteral(sha256),
    dims: sqlText`${dims}`,
    max_chars: sqlText`${maxChars}`,
  });
  // nine digits say a number of single precision exactly
  const lines = words.map(({ word, frequency, documentFrequency, idf }) =>
    [frequency, documentFrequency, Number(Math.fround(idf).toPrecision(9)), harmless(word)].join("\t"),
  );
  const calls = chunks(lines).map((each) => sqlText`call ltd.dump_words(${quoteLiteral(id)}, ${quoteLiteral(each)})`);
  return [withoutName(record), ...calls];
}

/** The statements that make the functions that all students share. */
export function functionScript(parts: FunctionParts): string[] {
  // those that were not made by this transaction are an older version's, of other parameters
  const older = sqlText`p.xmin::text::bigint < pg_current_xact_id()::text::bigint % 4294967296`;
  const remember = statement("dump/remember-grants", {
    list_grants: quoteLiteral(statementSource("statement/list-grants")),
    functions: joinSql(functionNames.map(quoteLiteral)),
  });
  const made = [
    sqlText`select '[1]'::${quoteName(VECTOR_SCHEMA, "vector")}`,
    ...functionStatements(parts),
    dropStatement(functionNames, older),
  ];
  return [withoutName(remember), ...made.map((each) => runStatement(withoutName(each)))];
}

/** The statements that load a student and make its functions. They replace the former one of its model. */
export async function studentScript(
  parts: FunctionParts,
  student: NewStudent,
  numbers: StudentNumbers,
): Promise<string[]> {
  const { tx, statements } = recordStatements();
  const load: LoadPart = (_, { name, rows, cuts }) => {
    const lines = Array.from(rows, ([key, ...vectors]) =>
      [...vectors.map((each) => packRow(each, cuts)), harmless(String(key))].join("\t"),
    );
    for (const each of chunks(lines))
      statements.push(sqlText`call ltd.dump_load(${quoteLiteral(name)}, ${quoteLiteral(each)})`);
    return Promise.resolve();
  };
  // `ltd.dump_run` puts the number in its place
  await buildStudent(tx, parts, 0, student, numbers, load);
  const begin = statement("dump/begin-student", {
    model_id: quoteLiteral(student.modelId),
    student: quoteLiteral(studentRecord(student)),
    list_grants: quoteLiteral(statementSource("statement/list-grants")),
  });
  return [
    withoutName(begin),
    ...statements.map((each) => (each.startsWith("call ") ? each : runStatement(each))),
    withoutName(statement("dump/end-student")),
  ];
}

/** The statements that end the script's transaction, and the one that belongs after its commit. */
export function closingScript(): { close: string[]; dropForgotten: string } {
  const close = [statement("dump/close"), statement("dump/warn-former", { functions: quoteLiteral(functionsHash()) })];
  const dropForgotten = statement("dump/drop-forgotten", {
    list_transactions: statementSource("functions/list-transactions") as SqlText,
    list_forgotten: statementSource("functions/list-forgotten-students") as SqlText,
  });
  return { close: close.map(withoutName), dropForgotten: withoutName(dropForgotten) };
}

function runStatement(text: string): string {
  return sqlText`call ltd.dump_run(${quoteLiteral(withoutName(text))})`;
}

/** Lines together, none of which begins with a backslash: some 250,000 characters each. */
function chunks(lines: readonly string[]): string[] {
  const found: string[] = [];
  let from = 0;
  let size = 0;
  lines.forEach((line, at) => {
    size += line.length;
    if (size < TOGETHER && at < lines.length - 1) return;
    found.push(lines.slice(from, at + 1).join("\n"));
    [from, size] = [at + 1, 0];
  });
  return found;
}

/** Throws for what would end a field or a line of rows. */
function harmless(key: string): string {
  if (/[\t\n]/.test(key))
    throw new RangeError(`${JSON.stringify(key)} cannot stand in a script: it has a tab or a line feed`);
  return key;
}
