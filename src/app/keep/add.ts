import type { Database } from "../../db/database.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import { parseFilter } from "../../db/source/filter.ts";
import { listKept } from "../../db/indexes/kept.ts";
import type { OwnParts } from "../../db/indexes/own-parts.ts";
import { findFront } from "../../db/indexes/front.ts";
import { createIndex, dropIndex, printIndex, type NewIndex } from "../../db/indexes/index-store.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { enqueueAll } from "../../db/capture/enqueue.ts";
import { requireTime } from "../../db/capture/poll.ts";
import { chooseKey, describeSource, requireColumns, requireVisible } from "../../db/source/source.ts";
import { isColumnMissing } from "../../db/entries/vector-column.ts";
import type { ModelPackage } from "../../embed/model-package.ts";
import { LtdError } from "../../errors.ts";
import { parseTemplate } from "../template.ts";

/** What is to be indexed. */
export interface AddOptions {
  /**
   * Name of the index: lower case letters, Chinese characters, digits and `_`, at most 45 bytes. Default: the table's
   * name, in lower case.
   */
  name?: string;
  /** `faq`, `public.faq` or `"Weird Schema"."Weird Table"`. */
  table: string;
  /** Default: the table's text column, if it has exactly one besides its key. */
  template?: string;
  /** Key columns. Default: the primary key. */
  key?: readonly string[];
  /**
   * A condition over the columns, as after WHERE: only rows that pass it are indexed. A row may enter and leave.
   * Default: all rows.
   */
  where?: string;
  /**
   * The column that says when a row was changed: the source is polled by it instead of getting triggers. For views,
   * materialized views and foreign tables. Each look also compares all keys, to find rows that are gone.
   */
  updatedAt?: string;
  /**
   * Keeps the vectors in this column of the table, `vector(D)`. It is added when it is missing, and then taken away by
   * `remove`. Each vector is an update of its row. Default: they lie beside the table.
   */
  column?: string;
  /**
   * Stores the vectors as `halfvec`: half the bytes in table and HNSW index. Default false: as `vector`.
   */
  halfvec?: boolean;
}

/** What {@link add} did. */
export interface AddResult {
  index: string;
  table: string;
  key: readonly string[];
  template: string;
  model: string;
  /** Rows that are queued for the next `sync`. */
  queued: number;
  /** What `remove` kept of an index of this name, and the index has again; null where it kept nothing. */
  reused: OwnParts | null;
}

/**
 * Creates an index on a table. Adds triggers that queue every change from now on, and queues all rows. Nothing is
 * embedded. All or nothing: if it fails there is no index.
 * @throws LtdError "source" for a table, key or column that cannot be used, "index" for a name that is taken
 * @example
 * const database = await openDatabase();
 * const model = await loadModel();
 * await init(database, model);
 * await add(database, model, { table: "faq", template: "{question}" });
 */
export async function add(database: Database, model: ModelPackage, options: AddOptions): Promise<AddResult> {
  const planned = await plan(database, model, options);
  const reused = await findKept(database, planned);
  await requireNoFront(database, planned.name);
  const index = await createIndex(database, planned);
  const queued = await fillQueue(database, index);
  return {
    index: index.name,
    table: `${index.schema}.${index.table}`,
    key: index.key.map((column) => column.name),
    template: index.template,
    model: index.modelId,
    queued,
    reused,
  };
}

/**
 * What was kept of an index of this name. Throws LtdError "index" where its questions belong to rows with another key.
 */
async function findKept(database: Database, { name, key }: NewIndex): Promise<OwnParts | null> {
  const [kept] = await listKept(database, name);
  if (kept === undefined) return null;
  const { aliases, negatives, weights, thresholds, keyTypes } = kept;
  const types = key.map(({ type }) => type);
  const stay = types.length === keyTypes.length && types.every((type, at) => keepsTexts(keyTypes[at]!, type));
  if (aliases + negatives > 0 && !stay)
    throw new LtdError(
      "index",
      `the kept aliases of ${name} belong to rows with a key of ${keyTypes.join(", ")}, not ${types.join(", ")}`,
      { hint: `delete them: ltd-index remove ${name}; or choose another name with --name` },
    );
  return { aliases, negatives, weights, thresholds };
}

/** Throws LtdError "index" where a front has the name: questions would not know which is meant. */
async function requireNoFront(database: Database, name: string): Promise<void> {
  if ((await findFront(database, name)) === undefined) return;
  throw new LtdError("index", `there is a front ${name} in this database`, {
    hint: "choose another name with --name, or see `ltd-index shard list`",
  });
}

/** Queues all rows. Drops the index if that fails, so that a failed command leaves nothing behind. */
async function fillQueue(database: Database, index: IndexRecord): Promise<number> {
  try {
    return await enqueueAll(database, index);
  } catch (error) {
    await dropIndex(database, index.name, true).catch(() => {}); // the first error is the one to tell
    throw error;
  }
}

const WHOLE_NUMBERS = ["smallint", "integer", "bigint", "numeric"];

/** Whether each value of a type has the same text as one of another type. */
function keepsTexts(from: string, to: string): boolean {
  const [narrow, wide] = [WHOLE_NUMBERS.indexOf(from), WHOLE_NUMBERS.indexOf(to)];
  return from === to || to === "text" || (narrow !== -1 && narrow < wide);
}

/**
 * The statements that {@link add} would run, in order, for a role that may run them. It changes nothing. `add` itself
 * queues the rows in transactions of 10,000.
 *
 * @throws LtdError as `add`
 * @example
 * const database = await openDatabase();
 * const statements = await addStatements(database, await loadModel(), { table: "faq" });
 * console.log(statements.join(";\n"));
 */
export async function addStatements(database: Database, model: ModelPackage, options: AddOptions): Promise<string[]> {
  const planned = await plan(database, model, options);
  await findKept(database, planned);
  await requireNoFront(database, planned.name);
  return printIndex(database, planned);
}

async function plan(database: Database, model: ModelPackage, options: AddOptions): Promise<NewIndex> {
  await requireSchema(database);
  const { where, updatedAt, column, halfvec = false } = options;
  const source = await describeSource(database, options.table, updatedAt !== undefined);
  const key = await chooseKey(database, source, options.key);
  const template = parseTemplate(options.template ?? onlyTextColumn(options.table, source.columns, key));
  requireColumns(source, [...template.columns, ...(updatedAt === undefined ? [] : [updatedAt])]);
  if (updatedAt !== undefined) requireTime(source, updatedAt);
  const filter = where === undefined ? undefined : await parseFilter(database, source, where);
  requireVisible(source, [...template.columns, ...(filter?.columns ?? [])]);
  const used = [...template.columns, ...key.map(({ name }) => name), ...(filter?.columns ?? [])];
  const { id, dims } = model.description;
  return {
    name: options.name ?? source.table.toLowerCase(),
    schema: source.schema,
    table: source.table,
    key,
    template: template.text,
    columns: template.columns,
    capture: source.capture,
    ...(filter !== undefined && { filter }),
    ...(updatedAt !== undefined && { updatedAtColumn: updatedAt }),
    ...(column !== undefined && {
      vectorColumn: {
        name: column,
        isMissing: await isColumnMissing(database, source, column, `${halfvec ? "halfvec" : "vector"}(${dims})`, used),
      },
    }),
    halfVectors: halfvec,
    modelId: id,
  };
}

function onlyTextColumn(
  table: string,
  columns: readonly { name: string; isText: boolean }[],
  key: readonly { name: string }[],
): string {
  const texts = columns
    .filter((column) => column.isText && !key.some((part) => part.name === column.name))
    .map((column) => column.name);
  if (texts.length === 1) return `{${texts[0]}}`;
  const found =
    texts.length === 0 ? "has no text column besides its key" : `has several text columns (${texts.join(", ")})`;
  throw new LtdError("source", `${table} ${found}`, {
    hint:
      texts.length === 0
        ? `say what to embed: --text "{column}", any of ${columns.map((column) => column.name).join(", ")}`
        : `say which to embed: --text "{${texts[0]}}", or several in one template: --text "{${texts.join("} {")}}"`,
  });
}
