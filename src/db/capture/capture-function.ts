import { LtdError } from "../../errors.ts";
import type { IndexRecord } from "../index-record.ts";
import {
  changeTable,
  dependsOnSession,
  entryKeyNames,
  KEY_SETTINGS,
  sameKey,
  sourceKeyNames,
} from "../statement/key.ts";
import { joinSql, quoteIdentifier, quoteLiteral, quoteName, type SqlText, sqlText } from "../statement/sql-text.ts";
import { statement } from "../statement/statement.ts";
import { UNTELLABLE } from "../statement/untellable.ts";

/** What the statements of capture depend on. */
export type Captured = Pick<
  IndexRecord,
  "id" | "name" | "schema" | "table" | "key" | "columns" | "filterColumns" | "capture"
>;

/**
 * The functions that the triggers of an index call. One named `row` is for one changed row, the others for a statement.
 */
export type CaptureFunction = "insert" | "update" | "delete" | "truncate" | "row";

export const OLD_ROWS = sqlText`old_rows`;
export const NEW_ROWS = sqlText`new_rows`;

/** Key types whose values are of one length. */
const FIXED_TYPES: ReadonlySet<string> = new Set(["smallint", "integer", "bigint", "uuid"]);

/** The name of a function of an index's triggers: `ltd."capture_17_insert"`. */
export function captureFunction(index: Pick<IndexRecord, "id">, name: CaptureFunction): SqlText {
  return quoteName("ltd", `capture_${index.id}_${name}`);
}

/** The statement that makes it. Throws LtdError("source") for a column whose name would end its body. */
export function functionStatement(index: Captured, name: CaptureFunction): string {
  requireHarmless([...seenColumns(index), ...index.key.map((column) => column.name)]);
  const called = {
    function: captureFunction(index, name),
    change: changeTable(index),
    change_name: quoteLiteral(changeTable(index)),
    index: quoteLiteral(index.name),
  };
  if (name === "truncate") return statement("capture/create-capture-truncate", called);
  const listNames = entryKeyNames(index.key);
  const columns = sourceKeyNames(index);
  const [o, n, r] = [sqlText`o`, sqlText`n`, sqlText`r`];
  const variables = columns.map((_, at) => sqlText`list_${at + 1}`);
  const names = columns.map((_, at) => sqlText`k${at + 1}`);
  const keyOf = (alias: SqlText): SqlText => joinSql(columns.map((column) => sqlText`${alias}.${column}::text`));
  const inserted = {
    ...called,
    variables: sqlText`${joinSql(
      variables.map((variable) => sqlText`${variable} text[]`),
      "; ",
    )}`,
    key_names: joinSql(listNames),
    lists: joinSql(variables),
    untellable: UNTELLABLE,
    unseen: joinSql(names.map(() => sqlText`'{}'`)),
    settings: dependsOnSession(index.key) ? KEY_SETTINGS : sqlText``,
  };
  if (name === "row") return rowFunction(index, columns, variables, inserted);
  const collected = {
    ...inserted,
    collected: joinSql(names.map((name) => sqlText`array_agg(${name})`)),
    first_list: variables[0]!,
    names: joinSql(names),
    ...partsOfLists(index, names),
  };
  if (name !== "update") {
    const rows = name === "insert" ? NEW_ROWS : OLD_ROWS;
    return statement("capture/create-capture-rows", { ...collected, rows, keys: keyOf(r) });
  }
  const either = columns.map((column) => sqlText`coalesce(n.${column}, o.${column})::text`);
  const alone = columns.map((column) => sqlText`o.${column} is null or n.${column} is null`);
  const mapped = seenColumns(index).map(quoteIdentifier);
  const changed = mapped.map(
    (column) => sqlText`o.${column}::text collate "C" is distinct from n.${column}::text collate "C"`,
  );
  return statement("capture/create-capture-update", {
    ...collected,
    either_key: joinSql(either),
    same_key: sameKey(o, columns, n, columns),
    changed: joinSql([...alone, ...changed], " or "),
    old_key: keyOf(o),
    new_key: keyOf(n),
  });
}

/**
 * When a statement's keys need more than one list, and what divides them. A list has 10,000 keys, or some 4 MB of keys
 * that can be long. Their length is known without reading them.
 */
function partsOfLists(index: Captured, names: readonly SqlText[]): { is_large: SqlText; list: SqlText } {
  const long = index.key.flatMap(({ type }, at) => (FIXED_TYPES.has(type) ? [] : [at]));
  if (long.length === 0) {
    return { is_large: sqlText`count(*) > 10000`, list: sqlText`(row_number() over () - 1) / 10000` };
  }
  const columns = sourceKeyNames(index);
  const inRow = joinSql(
    long.map((at) => sqlText`coalesce(octet_length(r.${columns[at]!}::text), 0)`),
    " + ",
  );
  const inList = joinSql(
    long.map((at) => sqlText`coalesce(octet_length(${names[at]!}), 0)`),
    " + ",
  );
  return {
    is_large: sqlText`coalesce(sum(400 + ${inRow}), 0) > 4000000`,
    list: sqlText`(sum(400 + ${inList}) over (rows unbounded preceding) / 4000000)::bigint`,
  };
}

function rowFunction(
  index: Captured,
  columns: readonly SqlText[],
  variables: readonly SqlText[],
  inserted: Record<string, SqlText>,
): string {
  const [before, after] = [sqlText`old`, sqlText`new`];
  const take = (...rows: SqlText[]): SqlText =>
    joinSql(
      columns.map((column, at) => {
        const keys = joinSql(rows.map((row) => sqlText`${row}.${column}::text`));
        return sqlText`${variables[at]!} := array[${keys}];`;
      }),
      " ",
    );
  const same = seenColumns(index)
    .map(quoteIdentifier)
    .map((column) => sqlText`old.${column}::text collate "C" is not distinct from new.${column}::text collate "C"`);
  return statement("capture/create-capture-row", {
    ...inserted,
    take_new: take(after),
    take_old: take(before),
    take_both: take(before, after),
    unchanged: joinSql([sameKey(before, columns, after, columns), ...same], " and "),
  });
}

/** The columns whose change is logged. */
function seenColumns(index: Captured): string[] {
  return [...new Set([...index.columns, ...index.filterColumns])];
}

/** Throws LtdError("source") for a name that would end the body of a function before its time. */
function requireHarmless(names: readonly string[]): void {
  const harmful = names.find((name) => name.includes("$function$"));
  if (harmful === undefined) return;
  throw new LtdError("source", `the column ${JSON.stringify(harmful)} cannot be captured: its name holds $function$`, {
    hint: "rename the column",
  });
}
