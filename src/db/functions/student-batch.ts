import { joinSql, quoteIdentifier, quoteName, type SqlText, sqlText } from "../statement/sql-text.ts";
import { statement } from "../statement/statement.ts";

/** How many states are computed from a row of weights that is read once. */
const WIDE = 8;

/** What the statements of a student's functions name. */
export interface StudentNames {
  readonly vectorSchema: string;
  readonly hidden: number;
  readonly inputs: number;
  readonly table: (name: string) => SqlText;
}

interface Names {
  readonly vector: SqlText;
  readonly halfvec: SqlText;
  /** The negative inner product. */
  readonly product: SqlText;
  readonly concat: SqlText;
  readonly table: (name: string) => SqlText;
}

/** The statement that makes the function of many texts: `sql/functions/student-batch.sql`. */
export function batchStatement(function_: SqlText, { vectorSchema, hidden, inputs, table }: StudentNames): string {
  const vector_schema = quoteIdentifier(vectorSchema);
  const names: Names = {
    vector: quoteName(vectorSchema, "vector"),
    halfvec: quoteName(vectorSchema, "halfvec"),
    product: sqlText`operator(${vector_schema}.<#>)`,
    concat: sqlText`operator(${vector_schema}.||)`,
    table,
  };
  const { vector, halfvec } = names;
  return statement("functions/student-batch", {
    function: function_,
    vector,
    halfvec,
    vector_schema,
    hidden: sqlText`${hidden}`,
    inputs: sqlText`${inputs}`,
    character_table: table("character"),
    word_table: table("word"),
    unit_table: table("unit"),
    wide: sqlText`${WIDE}`,
    variables: forEach(
      WIDE,
      (n) => sqlText`  seen_${n} ${halfvec};
  before_${n} real[];
  cell_${n} ${vector};
  state_${n} ${vector};
  summary_${n} ${halfvec};
  activations_${n} ${halfvec};`,
    ),
    wide_step: stepOf(WIDE, names),
    single_step: stepOf(1, names),
    wide_head: headOf(WIDE, names),
    single_head: headOf(1, names),
  });
}

/** The states from `place` on, `width` of them: the gates are those of sql/functions/student.sql. */
function stepOf(width: number, { vector, halfvec, product, concat }: Names): SqlText {
  const list = (part: (n: number) => SqlText): SqlText => joinSql(numbers(width).map(part));
  return sqlText`${forEach(
    width,
    (
      n,
    ) => sqlText`        seen_${n} := coalesce(states[parents[place + ${n - 1}]], states[1])::${halfvec} ${concat} inputs[coalesce(state_inputs[place + ${n - 1}], 1)] ${concat} one;
        before_${n} := coalesce(cells[parents[place + ${n - 1}]], cells[1])::real[];`,
  )}
        select ${list((n) => sqlText`array_agg(u.cell_${n})::${vector}, array_agg(tanh(u.cell_${n}) / (1 + u.output_${n}))::${vector}`)}
          into ${list((n) => sqlText`cell_${n}, state_${n}`)}
        from (
          select
            ${list(
              (n) => sqlText`w.before_${n} / (1 + exp(w.forget ${product} seen_${n}))
              + (2 / (1 + exp(w.cell ${product} seen_${n})) - 1) / (1 + exp(w.input ${product} seen_${n})) as cell_${n},
            exp(w.output ${product} seen_${n}) as output_${n}`,
            )}
          from (
            select unnest(input_rows) as input, unnest(output_rows) as output, unnest(forget_rows) as forget, unnest(cell_rows) as cell,
              ${list((n) => sqlText`unnest(before_${n}) as before_${n}`)}
          ) w
          offset 0
        ) u;
${forEach(
  width,
  (n) => sqlText`        states[place + ${n - 1}] := state_${n};
        cells[place + ${n - 1}] := cell_${n};`,
)}`;
}

/** The vectors of the texts from `place` on, `width` of them. */
function headOf(width: number, { vector, halfvec, product, table }: Names): SqlText {
  const list = (part: (n: number) => SqlText): SqlText => joinSql(numbers(width).map(part));
  return sqlText`${forEach(width, (n) => sqlText`      summary_${n} := coalesce(summaries[place + ${n - 1}], summaries[1]);`)}
      select ${list((n) => sqlText`array_agg(greatest(0, -(h.pooled ${product} summary_${n})))::${halfvec}`)}
        into ${list((n) => sqlText`activations_${n}`)}
      from (select u.pooled from ${table("hidden")} u order by u.place) h;
      embeddings := embeddings || (
        select array[${list((n) => sqlText`array_agg(-(o.pooled ${product} summary_${n}) - (o.hidden ${product} activations_${n}))::${vector}`)}]
        from (select u.pooled, u.hidden from ${table("output")} u order by u.place) o
      );`;
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at + 1);
}

/** The lines of each number from 1 to `count`. */
function forEach(count: number, lines: (n: number) => SqlText): SqlText {
  return numbers(count)
    .map(lines)
    .reduce(
      (all, each) => sqlText`${all}
${each}`,
    );
}
