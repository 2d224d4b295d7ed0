import type { Queryable } from "../database.ts";
import type { IndexRecord, KeyColumn } from "../index-record.ts";
import { entryKeyNames, entryTable, entryView, keyTypeNames, vectorType } from "../statement/key.ts";
import { secureEntriesStatement } from "../capture/secure-entries.ts";
import { joinSql, type SqlText, sqlText } from "../statement/sql-text.ts";
import { dropRowView } from "./row-view.ts";
import { statement } from "../statement/statement.ts";

/** Makes the empty entry table of a generation. */
export async function createEntryTable(tx: Queryable, index: IndexRecord): Promise<void> {
  const names = entryKeyNames(index.key);
  const types = keyTypeNames(index);
  await tx.query(
    statement("entries/create-entry-table", {
      entry: entryTable(index),
      key_columns: joinSql(
        names.map((name, at) => sqlText`${name} ${types[at] ?? sqlText`text`}${collate(index.key[at])} not null`),
        ", ",
      ),
      key_names: joinSql(names, ", "),
      vector: vectorType(index),
      dims: sqlText`${index.dims}`,
    }),
  );
  await tx.query(secureEntriesStatement(index));
}

/** Two texts that are one key in the source are one in the entries. */
function collate(column: KeyColumn | undefined): SqlText {
  // as Postgres quotes it
  return column?.collation === undefined ? sqlText`` : sqlText` collate ${column.collation as SqlText}`;
}

export async function dropEntryTable(tx: Queryable, index: Pick<IndexRecord, "id">): Promise<void> {
  await tx.query(statement("entries/drop-entry-table", { entry: entryTable(index) }));
}

/** Lets `ltd.entry_<name>` show the entries of this generation. What is granted on the view stays. */
export async function showEntries(tx: Queryable, index: IndexRecord): Promise<void> {
  await tx.query(
    statement("entries/create-entry-view", {
      view: entryView(index),
      entry: entryTable(index),
      key_names: joinSql(entryKeyNames(index.key), ", "),
      // vectors in a column of the table are read there: a view of both would block changes of the table
      embedding: index.vectorColumn === null ? sqlText`embedding::${vectorType(index)} as embedding, ` : sqlText``,
    }),
  );
}

export async function hideEntries(tx: Queryable, index: Pick<IndexRecord, "name">): Promise<void> {
  await dropRowView(tx, index);
  await tx.query(statement("entries/drop-entry-view", { view: entryView(index) }));
}
