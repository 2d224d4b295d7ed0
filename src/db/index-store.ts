import { LtdError } from "../errors.ts";
import { createCapture, dropCapture } from "./capture.ts";
import type { Database, Queryable } from "./database.ts";
import { sqlState } from "./failure.ts";
import { createEntryTable, dropEntryTable, hideEntries, showEntries } from "./entry-table.ts";
import type { Filter } from "./filter.ts";
import type { Capture, IndexRecord, KeyColumn, KeyType } from "./index-record.ts";
import { quoteName } from "./sql-text.ts";
import { statement } from "./statement.ts";

/** What {@link createIndex} needs to know. */
export interface NewIndex {
  /** Lower case letters, digits and `_`, a letter first, at most 40. */
  name: string;
  schema: string;
  table: string;
  /** As `chooseKey` gives it. */
  key: readonly KeyColumn[];
  template: string;
  /** The columns that the template names. */
  columns: readonly string[];
  capture: Capture;
  /** As `parseFilter` gives it; default: all rows are indexed. */
  filter?: Filter;
  /** Of a source that is polled. */
  updatedAtColumn?: string;
  /** A model that `registerModel` has seen. */
  modelId: string;
}

const namePattern = /^[a-z][a-z0-9_]{0,39}$/;

/**
 * Makes the record, the empty entry table and the triggers, in one transaction. Queues nothing: see `enqueueAll`.
 *
 * Throws LtdError("index") for a name that is taken or cannot be one, LtdError("model") for an unknown model.
 */
export async function createIndex(database: Database, index: NewIndex): Promise<IndexRecord> {
  if (!namePattern.test(index.name)) {
    throw new LtdError("index", `an index cannot be called ${JSON.stringify(index.name)}`, {
      hint: "give it a name with --name: lower case letters, digits and _, a letter first, at most 40 characters",
    });
  }
  return database.transaction(async (tx) => {
    // the triggers wait for writers, and all later writers wait behind them: give up before that is felt
    await tx.query("set local lock_timeout = '5s'");
    await addRecord(tx, index);
    const record = await getIndex(tx, index.name);
    await createEntryTable(tx, record);
    await showEntries(tx, record);
    await createCapture(tx, record);
    return record;
  });
}

async function addRecord(tx: Queryable, index: NewIndex): Promise<void> {
  try {
    await tx.query(statement("add-index"), [
      index.name,
      quoteName(index.schema, index.table),
      index.schema,
      index.table,
      index.key.map((column) => column.name),
      index.key.map((column) => column.type),
      index.template,
      index.columns,
      index.modelId,
      index.capture,
      index.filter?.condition ?? null,
      index.filter?.columns ?? [],
      index.updatedAtColumn ?? null,
    ]);
  } catch (error) {
    const state = sqlState(error);
    if (state === "23505") {
      throw new LtdError("index", `there is an index ${index.name} already`, {
        hint: "choose another name with --name, or see `ltd-index status`",
        cause: error,
      });
    }
    if (state === "23503") {
      throw new LtdError("model", `the database does not know the model ${index.modelId}`, {
        hint: "run `ltd-index init`",
        cause: error,
      });
    }
    throw error;
  }
}

/** The live generation of the index of this name. Throws LtdError("index") that names the indexes there are. */
export async function getIndex(database: Queryable, name: string): Promise<IndexRecord> {
  const [found] = await read(database, name, false);
  if (found !== undefined) return found;
  const names = (await listIndexes(database)).map((index) => index.name);
  throw new LtdError("index", `there is no index ${JSON.stringify(name)}`, {
    hint: names.length === 0 ? "make one with `ltd-index add`" : `the indexes are: ${names.join(", ")}`,
  });
}

/** All indexes, by name: the live generation of each. */
export function listIndexes(database: Queryable): Promise<IndexRecord[]> {
  return read(database, null, false);
}

/** The generations of an index, the oldest first. Throws like {@link getIndex}. */
export async function listGenerations(database: Queryable, name: string): Promise<IndexRecord[]> {
  const found = await read(database, name, true);
  return found.length > 0 ? found : [await getIndex(database, name)];
}

type IndexRow = Omit<IndexRecord, "key"> & { readonly keyColumns: string[]; readonly keyTypes: KeyType[] };

async function read(database: Queryable, name: string | null, allGenerations: boolean): Promise<IndexRecord[]> {
  const rows = await database.query<IndexRow>(statement("list-indexes"), [name, allGenerations]);
  return rows.map(({ keyColumns, keyTypes, ...row }) => ({
    ...row,
    key: keyColumns.map((column, position) => ({ name: column, type: keyTypes[position] ?? "text" })),
  }));
}

/** Takes triggers, entries, queue and record away again, in one transaction; the source table is left as it was. */
export async function dropIndex(database: Database, name: string): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.query("set local lock_timeout = '5s'");
    const generations = await listGenerations(tx, name);
    await hideEntries(tx, { name });
    for (const generation of generations) await removeGeneration(tx, generation);
  });
}

/** Takes triggers, entries, queue, weights and record of one generation away; run it in a transaction. */
async function removeGeneration(tx: Queryable, index: IndexRecord): Promise<void> {
  await dropCapture(tx, index);
  await dropEntryTable(tx, index);
  await tx.query(statement("delete-index"), [index.id]);
}
