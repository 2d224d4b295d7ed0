import { LtdError } from "../../errors.ts";
import type { Queryable } from "../database.ts";
import { GenerationSwitched } from "./generation-state.ts";
import type { GenerationState, IndexRecord, Key } from "../index-record.ts";
import {
  entryKeyNames,
  entryTable,
  isWanted,
  keyArray,
  keyId,
  keyParameters,
  sameKey,
  sourceKeyNames,
  sourceTable,
  wantedTable,
  wantedNames,
  vectorType,
} from "../statement/key.ts";
import { guardSource, guardWrite } from "../source/guard.ts";
import type { Source } from "../source/source.ts";
import { joinSql, quoteIdentifier, quoteName, type SqlText, sqlText } from "../statement/sql-text.ts";
import { statement } from "../statement/statement.ts";
import { vectorText } from "../statement/vector-text.ts";

const [s, e] = [sqlText`s`, sqlText`e`];

/**
 * Whether a column for vectors has to be added to a table, or is there already and can hold them.
 *
 * Throws LtdError("source") for a column that is there and cannot, or that another index uses.
 * @param expected its type: `vector(256)` or `halfvec(256)`
 */
export async function isColumnMissing(
  database: Queryable,
  source: Source,
  column: string,
  expected: string,
  used: readonly string[],
): Promise<boolean> {
  const table = `${source.schema}.${source.table}`;
  if (source.capture !== "statement") {
    throw new LtdError("source", `${table} is not an ordinary table: its rows cannot get a column of vectors`, {
      hint: "leave --column out: then the vectors are stored beside the table",
    });
  }
  if (used.includes(column)) {
    throw new LtdError("source", `the column ${column} of ${table} cannot hold the vectors: the index embeds it`, {
      hint: "name another column, or a new one: then it is added",
    });
  }
  const parameters = [quoteName(source.schema, source.table), column];
  const [user] = await database.query<{ name: string }>(statement("entries/column-user"), parameters);
  if (user !== undefined) {
    throw new LtdError("index", `the column ${column} of ${table} holds the vectors of the index ${user.name}`, {
      hint: "name another column, or a new one: then it is added",
    });
  }
  const found = source.columns.find(({ name }) => name === column);
  if (found === undefined) return true;
  if (typeName(found.type) === expected && !found.notNull) return false;
  const type = `${typeName(found.type)}${found.notNull ? " not null" : ""}`;
  throw new LtdError("source", `the column ${column} of ${table} has the type ${type}, not ${expected}`, {
    hint: "name another column, or a new one: then it is added",
  });
}

/** Without the schema that pgvector is in. */
function typeName(type: string): string {
  return type.replace(/^.*\.(?=(?:half)?vec(?:tor)?\()/, "");
}

/**
 * The column of the source table that has a generation's vectors at this moment. Null where its entry table has them.
 */
export function vectorColumn(index: IndexRecord): SqlText | null {
  return index.vectorColumn === null || index.state !== "live" ? null : quoteIdentifier(index.vectorColumn);
}

/**
 * The entries of a generation with their vectors, wherever these are stored. Select from it, with an alias behind it.
 */
export function entryRows(index: IndexRecord): SqlText {
  const column = vectorColumn(index);
  if (column === null || !index.sourceExists) return entryTable(index);
  const keys = entryKeyNames(index.key).map((name) => sqlText`e.${name}`);
  return sqlText`(
    select ${joinSql(keys)}, e.content_hash, s.${column} as embedding, e.truncated, e.words, e.updated_at
    from ${entryTable(index)} e left join ${sourceTable(index)} s on ${sameRow(index)}
  )`;
}

/**
 * Guards the source if it holds the vectors. Call it before reading the entries of a generation with them.
 * @throws LtdError "source" where that would run another role's code with more rights than that role has
 */
export async function guardEntryRows(queryable: Queryable, index: IndexRecord): Promise<void> {
  if (vectorColumn(index) !== null && index.sourceExists) await guardSource(queryable, index, "visible");
}

/** Adds the column, if it is to be added. */
export async function addVectorColumn(tx: Queryable, index: IndexRecord): Promise<void> {
  if (index.vectorColumnAdded)
    await tx.query(statement("entries/add-vector-column", { ...columnOf(index), ...typeOf(index) }));
}

/** Takes the column away, if it was added. */
export async function dropVectorColumn(tx: Queryable, index: IndexRecord): Promise<void> {
  if (index.vectorColumnAdded && index.sourceExists)
    await tx.query(statement("entries/drop-vector-column", columnOf(index)));
}

/**
 * Locks the rows that are to get another vector, for a live generation that keeps them there. Returns the keys of those
 * that a writer has locked, by `keyId`. Never blocks, so it cannot deadlock with a writer.
 *
 * Throws {@link GenerationSwitched} when it is no longer live.
 */
export async function lockRows(tx: Queryable, index: IndexRecord, keys: readonly Key[]): Promise<Set<string>> {
  const [now] = await tx.query<{ state: GenerationState }>(statement("entries/hold-generation"), [index.id]);
  if (now?.state !== index.state) throw new GenerationSwitched(index);
  await guardWrite(tx, index);
  const parts = { ...wantedRows(index), key: keyArray(sqlText`wanted`, wantedNames(index), index.key) };
  const parameters = keyParameters(index, keys);
  const locked = await tx.query<{ key: Key }>(statement("entries/lock-source-rows", parts), parameters);
  const found = await tx.query<{ key: Key }>(statement("entries/find-source-rows", parts), parameters);
  const free = new Set(locked.map(({ key }) => keyId(key)));
  return new Set(found.map(({ key }) => keyId(key)).filter((id) => !free.has(id)));
}

/** Writes vectors into rows that are locked; null empties them. */
export async function writeVectors(
  tx: Queryable,
  index: IndexRecord,
  rows: readonly { readonly key: Key; readonly embedding: Float32Array | null }[],
): Promise<void> {
  const column = vectorColumn(index);
  if (column === null || rows.length === 0) return;
  const keys = keyParameters(
    index,
    rows.map(({ key }) => key),
  );
  const vectors = rows.map(({ embedding }) => embedding && vectorText(embedding));
  const parts = wantedRows(index, { embedding: sqlText`text[]::${quoteName(index.vectorSchema, "vector")}[]` });
  await tx.query(statement("entries/set-vectors", { ...parts, column }), [...keys, vectors]);
}

/**
 * Exchanges the vectors in the column. Those of `live` go to its entries, those of `next` come from its entries. Run it
 * in the transaction that makes `next` live. Writers of the table wait for it.
 */
export async function exchangeVectors(tx: Queryable, live: IndexRecord, next: IndexRecord): Promise<void> {
  if (live.vectorColumn === null || !live.sourceExists) return;
  const of = (index: IndexRecord) => ({ ...columnOf(index), entry: entryTable(index), same_key: sameRow(index) });
  await tx.query(statement("entries/lock-table", { source: sourceTable(live) }));
  await guardWrite(tx, live);
  await tx.query(statement("entries/keep-vectors", of(live)));
  if (live.dims !== next.dims)
    await tx.query(statement("entries/resize-vector-column", { ...columnOf(live), ...typeOf(next) }));
  await tx.query(statement("entries/show-vectors", { ...of(next), vector_schema: quoteIdentifier(next.vectorSchema) }));
  await tx.query(statement("entries/clear-vectors", of(next)));
  await tx.query(statement("entries/empty-entries", { entry: entryTable(next) }));
}

function columnOf(index: IndexRecord): { source: SqlText; column: SqlText } {
  return { source: sourceTable(index), column: quoteIdentifier(index.vectorColumn ?? "") };
}

function typeOf(index: IndexRecord): { vector: SqlText; dims: SqlText } {
  return { vector: vectorType(index), dims: sqlText`${index.dims}` };
}

function sameRow(index: IndexRecord): SqlText {
  return sameKey(s, sourceKeyNames(index), e, entryKeyNames(index.key));
}

/** The rows of the source that have one of the wanted keys. */
function wantedRows(index: IndexRecord, columns: Readonly<Record<string, SqlText>> = {}) {
  return {
    wanted: wantedTable(index, columns),
    source: sourceTable(index),
    same_key: isWanted(index, s, sourceKeyNames(index)),
  };
}
