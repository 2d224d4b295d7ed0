import type { Queryable } from "../database.ts";
import { quoteIdentifier, quoteLiteral, quoteName, type SqlText, sqlText } from "../statement/sql-text.ts";
import { statement } from "../statement/statement.ts";
import type { FunctionParts } from "./function-parts.ts";

/** The judge of a student, as its tables hold it. */
export interface NewJudge {
  readonly bias: number;
  readonly trees: readonly {
    readonly feature: readonly number[];
    readonly threshold: readonly number[];
    readonly left: readonly number[];
    readonly right: readonly number[];
    readonly value: readonly number[];
  }[];
  readonly forms: readonly {
    readonly form: string;
    readonly members: readonly number[];
    readonly entries: readonly number[];
    readonly isFiller: boolean;
  }[];
}

/** The tables of a judge, behind the prefix of its student. */
export const JUDGE_TABLES = ["form", "tree"] as const;
const FUNCTIONS = ["tokens", "features", "chance"] as const;

/** Loads the judge of a student and makes its functions, which read the student's words. Run it in a transaction. */
export async function putJudge(
  tx: Queryable,
  { classes, vectorSchema, patterns }: FunctionParts,
  student: number,
  { bias, trees, forms }: NewJudge,
): Promise<void> {
  const name = (part: string) => quoteName("ltd", `student_${student}_${part}`);
  const [formTable, treeTable] = [name("form"), name("tree")];
  await tx.query(statement("functions/create-judge-forms", { table: formTable }));
  await tx.query(statement("functions/create-judge-trees", { table: treeTable }));
  const formRows = forms.map(({ isFiller, ...form }) => ({ ...form, is_filler: isFiller }));
  const treeRows = trees.map(({ left, right, ...each }, tree) => ({
    tree,
    ...each,
    left_child: left,
    right_child: right,
  }));
  await tx.query(statement("functions/add-judge-forms", { table: formTable }), [JSON.stringify(formRows)]);
  await tx.query(statement("functions/add-judge-trees", { table: treeTable }), [JSON.stringify(treeRows)]);
  for (const table of [formTable, treeTable]) await tx.query(sqlText`analyze ${table}`);
  const tokens = name("tokens");
  const shared = { student: sqlText`${student}`, form_table: formTable };
  const meaning = quoteLiteral(`[${classes.meaning}]`);
  await tx.query(statement("functions/student-tokens", { ...shared, function: tokens, meaning }));
  await tx.query(
    statement("functions/student-features", {
      ...shared,
      function: name("features"),
      tokens,
      word_table: name("word"),
      vector_schema: quoteIdentifier(vectorSchema),
      no_meaning: quoteLiteral(`[^${classes.meaning}]`),
      no_han: quoteLiteral(`[^${classes.han}]`),
      direction: quoteLiteral(patterns.direction),
      negation: quoteLiteral(patterns.negation),
      no_negation: quoteLiteral(patterns.noNegation),
    }),
  );
  const chance = { function: name("chance"), tree_table: treeTable, bias: sqlText`${bias}` };
  await tx.query(statement("functions/student-chance", chance));
}

/** The functions of a student that belong to its judge. */
export function judgeFunctions(student: number): SqlText[] {
  return FUNCTIONS.map((part) => quoteName("ltd", `student_${student}_${part}`));
}

/** The functions that the judges of all students share. Each comes after those that it calls. */
export function judgeStatements({ patterns }: FunctionParts): string[] {
  return [
    statement("functions/judge-number"),
    statement("functions/judge-quantities", {
      number: quoteLiteral(patterns.number),
      no_number: quoteLiteral(patterns.noNumber),
      digit: quoteLiteral(patterns.digit),
      units: quoteLiteral(patterns.units),
    }),
    statement("functions/judge-missing-names"),
    statement("functions/judge-denial", {
      negated: quoteLiteral(patterns.negated),
      yes_or_no: quoteLiteral(patterns.question),
    }),
    statement("functions/judge-direction", { direction: quoteLiteral(patterns.direction) }),
    statement("functions/judge-swap"),
  ];
}
