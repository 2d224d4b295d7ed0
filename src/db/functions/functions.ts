import { sha256 } from "../../checksum.ts";
import { READ_LENGTH } from "../../text/cut-text.ts";
import type { Queryable } from "../database.ts";
import type { FunctionParts } from "./function-parts.ts";
import { judgeStatements } from "./judge.ts";
import { KEEPING_FILES, keepingStatements, sharedSources } from "./keeping.ts";
import { keepGrants } from "../statement/grants.ts";
import { SESSION_TYPES } from "../statement/key.ts";
import { joinSql, quoteIdentifier, quoteLiteral, quoteName, type SqlText, sqlText } from "../statement/sql-text.ts";
import { statement, statementSource } from "../statement/statement.ts";
import { batchStatement } from "./student-batch.ts";

/** The files in sql/functions/, in the order in which they build upon each other, with their functions. */
const FILES = {
  normalize: "normalize",
  "bare-text": "bare_text",
  "cut-text": "cut_text",
  "row-text": "row_text",
  "student-words": "student_words",
  "student-pieces": "student_pieces",
  "student-inputs": "student_inputs",
  "student-embed-words": "student_embed_words",
  "student-embed-texts": "student_embed_texts",
  "student-embed": "student_embed",
  embed: "embed",
  "live-index": "live_index",
  "live-student": "live_student",
  "embed-for-index": "embed",
  "live-statement": "live_statement",
  "judge-number": "judge_number",
  "judge-quantities": "judge_quantities",
  "judge-missing-names": "judge_missing_names",
  "judge-denial": "judge_denial",
  "judge-direction": "judge_direction",
  "judge-swap": "judge_swap",
  "asked-index": "asked_index",
  "shard-table": "shard_table",
  "front-rows": "front_rows",
  match: "match",
  "student-lexemes": "student_lexemes",
  search: "search",
  ...KEEPING_FILES,
} as const;
/** Characters that are embedded together at most: some 2 kB each while they are. */
const EMBEDDED_TOGETHER = 2_048;

/** The names of the functions. */
export const functionNames: readonly string[] = [...new Set(Object.values(FILES))];
const names = functionNames;

/**
 * Creates or replaces the functions; their grants stay. Needs the rights of the owner of schema ltd. Run it in a
 * transaction.
 * @param dropped those that are taken away before: `create or replace` cannot change the columns of those that give
 *   rows, nor what others give
 */
export async function createFunctions(
  tx: Queryable,
  parts: FunctionParts,
  dropped: "none" | "of rows" | "all",
): Promise<void> {
  // settings of pgvector that functions have are known once it is loaded
  await tx.query(sqlText`select '[1]'::${quoteName(parts.vectorSchema, "vector")}`);
  await keepGrants(tx, names, async () => {
    if (dropped !== "none") await drop(tx, dropped === "all" ? names : ["match", "search"]);
    for (const each of functionStatements(parts)) await tx.query(each);
    // an older version's, of other parameters
    await drop(tx, names, sqlText`p.xmin::text::bigint <> pg_current_xact_id()::text::bigint % 4294967296`);
  });
}

/** Takes them away. */
export function dropFunctions(tx: Queryable): Promise<void> {
  return drop(tx, names);
}

async function drop(tx: Queryable, which: readonly string[], condition?: SqlText): Promise<void> {
  await tx.query(dropStatement(which, condition));
}

/** Drops functions of these names: all of them, or those that a condition over pg_proc p chooses. */
export function dropStatement(which: readonly string[], condition = sqlText`true`): string {
  return statement("functions/drop-functions", { names: joinSql(which.map(quoteLiteral)), condition });
}

/** SHA-256 of the functions: says whether those of a database are those of this program. */
export function functionsHash(): string {
  const sources = [...Object.keys(FILES), "student", "student-tokens", "student-features", "student-chance"].map(
    (name) => statementSource(`functions/${name}`),
  );
  const names = { vectorSchema: "public", hidden: 0, inputs: 0, table: quoteIdentifier };
  sources.push(batchStatement(quoteIdentifier("batch"), names));
  sources.push(sharedSources());
  sources.push(...["ask/nearest", "ask/match-alias", "ask/search"].map(statementSource));
  return sha256(sources.join("\n"));
}

/** The statements that make or replace them, in their order. */
export function functionStatements(parts: FunctionParts): string[] {
  const { classes, refusedFrom, tokens, vectorSchema } = parts;
  const vector = quoteName(vectorSchema, "vector");
  const oneOf = (members: string): SqlText => quoteLiteral(`[${members}]`);
  const { han } = classes;
  // a blank between two ideographs that stand alone, one of which has a third such neighbour
  const spacedOut = `(?<=(^| )[${han}] [${han}]) (?=[${han}]( |$))|(?<=(^| )[${han}]) (?=[${han}] [${han}]( |$))`;
  return [
    statement("functions/normalize", {
      white_space_run: quoteLiteral(`[${classes.whiteSpace}]+`),
      control: oneOf(classes.control),
      dotted_capital: quoteLiteral("\u0130"),
      dotted: quoteLiteral("\u0130".toLowerCase()),
      upper_class: oneOf(classes.upper),
      upper: quoteLiteral(classes.upper),
      lower: quoteLiteral(classes.lower),
      traditional_class: oneOf(classes.traditional),
      traditional: quoteLiteral(classes.traditional),
      simplified: quoteLiteral(classes.simplified),
      spaced_out: quoteLiteral(spacedOut),
    }),
    statement("functions/bare-text", { no_meaning: quoteLiteral(`[^${classes.meaning}]`) }),
    statement("functions/cut-text", {
      read_length: sqlText`${READ_LENGTH}`,
      beyond: quoteLiteral("[\u{10000}-\u{10ffff}]"),
    }),
    statement("functions/row-text"),
    ...embedStatements(vector, oneOf(classes.meaning)),
    statement("functions/live-index"),
    statement("functions/live-student"),
    statement("functions/embed-for-index", { vector }),
    statement("functions/live-statement", {
      session_types: sqlText`array[${joinSql(SESSION_TYPES.map(quoteLiteral))}]`,
      read_length: sqlText`${READ_LENGTH}`,
      vector_literal: quoteLiteral(vector),
      operator_literal: quoteLiteral(sqlText`operator(${quoteIdentifier(vectorSchema)}.<=>)`),
    }),
    ...judgeStatements(parts),
    ...frontStatements(vectorSchema),
    statement("functions/match", {
      nearest: quoteLiteral(statementSource("ask/nearest")),
      match_alias: quoteLiteral(statementSource("ask/match-alias")),
      refused_from: sqlText`${quoteLiteral(String(refusedFrom))}::double precision`,
    }),
    statement("functions/student-lexemes", {
      meaning: oneOf(classes.meaning),
      token: quoteLiteral(tokens.token),
      case_part: quoteLiteral(tokens.casePart),
      shortest: sqlText`${tokens.shortest}`,
      count: quoteLiteral(tokens.count),
    }),
    statement("functions/search", { search: quoteLiteral(statementSource("ask/search")) }),
    ...keepingStatements(parts),
  ];
}

/** How a text becomes words, and words a vector. */
function embedStatements(vector: SqlText, meaning: SqlText): string[] {
  return [
    statement("functions/student-words"),
    statement("functions/student-pieces"),
    statement("functions/student-inputs"),
    statement("functions/student-embed-words", { vector }),
    statement("functions/student-embed-texts", { vector, most: sqlText`${EMBEDDED_TOGETHER}` }),
    statement("functions/student-embed", { vector, meaning: meaning }),
    statement("functions/embed", { vector }),
  ];
}

/** What `ltd.match` asks a front with. */
function frontStatements(vectorSchema: string): string[] {
  return [
    statement("functions/asked-index"),
    statement("functions/shard-table"),
    statement("functions/front-rows", {
      vector: quoteName(vectorSchema, "vector"),
      operator_literal: quoteLiteral(sqlText`operator(${quoteIdentifier(vectorSchema)}.<=>)`),
    }),
  ];
}
