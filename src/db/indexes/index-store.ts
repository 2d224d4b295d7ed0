import { LtdError } from "../../errors.ts";
import { createCapture, dropCapture } from "../capture/triggers.ts";
import { dropClusterings } from "../results/clustering.ts";
import { deleteClassifier, readClassifiers } from "../results/classifier.ts";
import { dropDuplicates } from "../results/duplicate.ts";
import { deleteCurations } from "../loop/curation.ts";
import { clearQuestions } from "../loop/question-log.ts";
import type { Database, Queryable } from "../database.ts";
import { sqlState } from "../failure.ts";
import { dropNearViews } from "./foreign-shard.ts";
import { createEntryTable, dropEntryTable, hideEntries, showEntries } from "../entries/entry-table.ts";
import { withCarefulFilter, type Filter } from "../source/filter.ts";
import type { Capture, IndexRecord, KeyColumn } from "../index-record.ts";
import { quoteName } from "../statement/sql-text.ts";
import { missingStatement } from "../capture/reconcile.ts";
import { recordStatements } from "../statement/record-statements.ts";
import { statement } from "../statement/statement.ts";
import { addVectorColumn, dropVectorColumn } from "../entries/vector-column.ts";
import { dropVectorIndex } from "../entries/vector-index.ts";
import { lockName } from "../statement/lock-name.ts";
import { getIndex, readGenerations, readRecords } from "./find-index.ts";
import { countParts, deleteQuestions, keepParts, takeKept } from "./kept.ts";
import { limitLockWait } from "../statement/lock-wait.ts";
import type { OwnParts } from "./own-parts.ts";
import { requireName } from "../statement/name.ts";

/** What {@link createIndex} needs to know. */
export interface NewIndex {
  /** As `isName` requires. */
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
  /**
   * Column of the source table for the vectors; it is added when it is missing. Default: none, the entry table has
   * them.
   */
  vectorColumn?: { readonly name: string; readonly isMissing: boolean };
  /** Whether the vectors are stored as `halfvec`. Default false. */
  halfVectors?: boolean;
  /** A model that `registerModel` has seen. */
  modelId: string;
}

/**
 * Makes the record, the empty entry table and the triggers, in one transaction. Queues nothing: see `enqueueAll`.
 *
 * Throws LtdError("index") for a name that is taken or cannot be one, LtdError("model") for an unknown model.
 */
export async function createIndex(database: Database, index: NewIndex): Promise<IndexRecord> {
  requireName("an index", index.name, "index", "give it a name with --name: ");
  const [next] = await database.query<{ id: number }>(statement("indexes/take-index-id"));
  const record = await draft(database, index, next?.id);
  await database
    .transaction(async (tx) => {
      await inTurn(tx);
      await limitLockWait(tx);
      await make(tx, record);
    })
    .catch((error: unknown) => {
      throw sqlState(error) === "42501" ? notAllowed(index, error) : error;
    });
  return getIndex(database, index.name);
}

/**
 * Lets indexes be created and dropped only one at a time. Each locks several of our tables, so two at once would
 * deadlock.
 */
async function inTurn(tx: Queryable): Promise<void> {
  await lockName(tx, "ltd.indexes");
}

function notAllowed(index: NewIndex, cause: unknown): LtdError {
  const why = cause instanceof LtdError && cause.cause instanceof Error ? cause.cause.message : String(cause);
  return new LtdError("source", `this role may not create an index on ${index.schema}.${index.table}: ${why}`, {
    hint: "let the table's owner run what --print-sql prints, or poll for changes without triggers: --updated-at",
    cause,
  });
}

/**
 * The statements of {@link createIndex} and those that queue all rows, to run by hand. Changes nothing, and needs no
 * privilege on the table.
 */
export async function printIndex(database: Database, index: NewIndex): Promise<string[]> {
  requireName("an index", index.name, "index", "give it a name with --name: ");
  if ((await readRecords(database, index.name, true)).length > 0) throw taken(index.name);
  const { tx, statements } = recordStatements();
  await tx.query("begin");
  await limitLockWait(tx);
  // if another index takes the number first, the next statement fails, and nothing has been done
  await tx.query(statement("indexes/take-index-id"));
  const record = await draft(database, index);
  await make(tx, record);
  await tx.query("commit");
  await tx.query(missingStatement(withCarefulFilter(record)), [record.id]);
  await tx.query(statement("capture/mark-enqueued"), [record.id]);
  return statements;
}

/** The record of an index as it will be. */
async function draft(database: Queryable, index: NewIndex, id?: number): Promise<IndexRecord> {
  const [found] = await database.query<{
    nextId: number;
    modelChecksum: string | null;
    dims: number | null;
    vectorSchema: string;
  }>(statement("indexes/draft-index"), [index.modelId]);
  if (found === undefined || found.modelChecksum === null || found.dims === null) {
    throw new LtdError("model", `the database does not know the model ${index.modelId}`, {
      hint: "run `ltd-index init`",
    });
  }
  const { filter, updatedAtColumn, vectorColumn, ...rest } = index;
  return {
    ...rest,
    id: id ?? found.nextId,
    sourceExists: true,
    missingColumns: [],
    keyTypesNow: index.key.map(({ type }) => type),
    filter: filter?.condition ?? null,
    filterColumns: filter?.columns ?? [],
    updatedAtColumn: updatedAtColumn ?? null,
    modelChecksum: found.modelChecksum,
    dims: found.dims,
    vectorSchema: found.vectorSchema,
    generation: 1,
    state: "live",
    vectorColumn: vectorColumn?.name ?? null,
    vectorColumnAdded: vectorColumn?.isMissing ?? false,
    halfVectors: index.halfVectors ?? false,
    answerThreshold: null,
    suggestThreshold: null,
    answerMargin: null,
    judgeSlope: null,
    judgeOffset: null,
    calibration: null,
    enqueuedAt: null,
    createdAt: new Date(),
  };
}

async function make(tx: Queryable, index: IndexRecord): Promise<void> {
  await addRecord(tx, index);
  await takeKept(tx, index);
  await addVectorColumn(tx, index);
  await createEntryTable(tx, index);
  await showEntries(tx, index);
  await createCapture(tx, index);
}

async function addRecord(tx: Queryable, index: IndexRecord): Promise<void> {
  try {
    await tx.query(statement("indexes/add-index"), [
      index.id,
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
      index.filter,
      index.filterColumns,
      index.updatedAtColumn,
      index.vectorColumn,
      index.vectorColumnAdded,
      index.halfVectors,
    ]);
  } catch (error) {
    throw sqlState(error) === "23505" ? taken(index.name, error) : error;
  }
}

function taken(name: string, cause?: unknown): LtdError {
  return new LtdError("index", `the index ${name} already exists`, {
    hint: "choose another name with --name, or see `ltd-index status`",
    cause,
  });
}

/**
 * Drops triggers, entries, queue and record in one transaction; the source table is left as it was. What the index had
 * of its own is deleted, or kept for the next one of its name.
 */
export function dropIndex(database: Database, name: string, keep = false): Promise<OwnParts> {
  return database.transaction(async (tx) => {
    await inTurn(tx);
    await limitLockWait(tx);
    const generations = await readGenerations(tx, name);
    await dropNearViews(tx, name);
    await hideEntries(tx, { name });
    for (const { name: classifier } of await readClassifiers(tx, { index: name }))
      await deleteClassifier(tx, classifier);
    const live = generations.find(({ state }) => state === "live") ?? generations[0]!;
    const parts = await countParts(tx, live);
    const isKept = keep && Object.values(parts).some(Boolean);
    if (isKept) await keepParts(tx, live);
    else {
      await deleteQuestions(tx, name);
      await deleteCurations(tx, name);
    }
    for (const generation of generations) await removeGeneration(tx, generation);
    await dropClusterings(tx, name);
    await dropDuplicates(tx, name);
    await clearQuestions(tx, name);
    if (live.vectorColumn !== null) {
      await dropVectorIndex(tx, live);
      await dropVectorColumn(tx, live);
    }
    return parts;
  });
}

/** Takes triggers, entries, queue, weights and record of one generation away; run it in a transaction. */
export async function removeGeneration(tx: Queryable, index: IndexRecord): Promise<void> {
  await dropCapture(tx, index);
  await dropEntryTable(tx, index);
  await tx.query(statement("indexes/delete-index"), [index.id]);
}
