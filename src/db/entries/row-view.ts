import type { Queryable } from "../database.ts";
import { keepGrants } from "../statement/grants.ts";
import type { IndexRecord } from "../index-record.ts";
import { entryKeyNames, entryView, sameKey, sourceKeyNames, sourceTable, vectorType } from "../statement/key.ts";
import { joinSql, quoteIdentifier, quoteLiteral, quoteName, type SqlText, sqlText } from "../statement/sql-text.ts";
import { statement } from "../statement/statement.ts";

/** A template's literal texts and columns in turn. */
type TextParts = readonly ({ readonly literal: string } | { readonly column: string })[];

interface State {
  readonly isTaken: boolean;
  readonly isThere: boolean;
  readonly columns: readonly string[];
}

/**
 * Creates or replaces the view `ltd.<index>` of an index. It has key, vector and text of each row, and the source's
 * columns. A name that the source has as well is written `ltd_key`, `ltd_embedding`, `ltd_text`. Run it in a
 * transaction.
 *
 * While it is there, Postgres refuses to drop the source or to change the type of its columns.
 * @returns false where the name is taken by something else: then there is no view
 */
export async function createRowView(tx: Queryable, index: IndexRecord, text: TextParts): Promise<boolean> {
  const { isTaken, isThere, columns } = await rowViewState(tx, index.name, sourceTable(index));
  if (isTaken) return false;
  const view = rowView(index);
  const [s, e] = [sqlText`s`, sqlText`e`];
  const free = (name: string): SqlText => {
    let chosen = name;
    while (columns.includes(chosen)) chosen = `ltd_${chosen}`;
    return quoteIdentifier(chosen);
  };
  const keys = entryKeyNames(index.key);
  const embedding =
    index.vectorColumn === null
      ? sqlText`e.embedding`
      : sqlText`s.${quoteIdentifier(index.vectorColumn)}::${vectorType(index)}`;
  const pieces = text.map((part) =>
    "literal" in part ? quoteLiteral(part.literal) : sqlText`coalesce(s.${quoteIdentifier(part.column)}::text, '')`,
  );
  const own = [
    ...keys.map((key, at) => sqlText`e.${key} as ${free(keys.length === 1 ? "key" : `key_${at + 1}`)}`),
    sqlText`${embedding} as ${free("embedding")}`,
    sqlText`concat(${joinSql(pieces)}) as ${free("text")}`,
  ];
  const create = statement("entries/create-row-view", {
    view,
    columns: joinSql([...own, ...columns.map((column) => sqlText`s.${quoteIdentifier(column)}`)]),
    entries: entryView(index),
    source: sourceTable(index),
    same_key: sameKey(s, sourceKeyNames(index), e, keys),
  });
  await keepGrants(tx, [index.name], async () => {
    if (isThere) await tx.query(statement("entries/drop-row-view", { view }));
    await tx.query(create);
  });
  await tx.query(
    statement("entries/mark-row-view", { view, comment: quoteLiteral(`rows of the index ${index.name}`) }),
  );
  return true;
}

/** Whether an index has its view. */
export async function hasRowView(tx: Queryable, index: Pick<IndexRecord, "name">): Promise<boolean> {
  return (await rowViewState(tx, index.name, null)).isThere;
}

/** Takes the view away, if there is one. */
export async function dropRowView(tx: Queryable, index: Pick<IndexRecord, "name">): Promise<void> {
  const { isThere } = await rowViewState(tx, index.name, null);
  if (isThere) await tx.query(statement("entries/drop-row-view", { view: rowView(index) }));
}

function rowView(index: Pick<IndexRecord, "name">): SqlText {
  return quoteName("ltd", index.name);
}

async function rowViewState(tx: Queryable, name: string, source: SqlText | null): Promise<State> {
  const [state] = await tx.query<State>(statement("entries/row-view-state"), [name, source]);
  return state ?? { isTaken: false, isThere: false, columns: [] };
}
